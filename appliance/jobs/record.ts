import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { toolReportSchema } from '#contracts/problem.ts'
import { diskVerdictSchema, preparedDiskSchema } from '#contracts/source-state.ts'
import { writePrivate } from '../config-file.ts'
import { diskAccessSchema } from '../nbdkit/access.ts'

const processSchema = z.object({ pid: z.number().int(), start: z.string() })

/** What `jobs.prepare` found and made; written once. The client reads it too. */
export const jobRecordSchema = z.object({
  jobId: idSchema,
  source: z.string(),
  ref: z.string(),
  publicKey: z.string(),
  disksAtOnce: z.number().int().min(1),
  snapshot: z.json(),
  /** `secondRead`: the transfer process hashes the disk again after the copy, and every leaf must be equal. */
  disks: z.array(preparedDiskSchema.extend({ access: diskAccessSchema })),
})
export type JobRecord = z.infer<typeof jobRecordSchema>

/**
 * Every process that outlives a request, written down before it exists (`process: null`) and again when its pid is
 * known, so that a restarted daemon finds what a former one began.
 */
export const ledgerSchema = z.object({
  /** What the source was asked to freeze; `snapshot` null: asked, and not heard yet. */
  snapshot: z.object({ source: z.string(), snapshot: z.json().nullable() }).nullable(),
  client: z.object({ targets: z.string(), process: processSchema.nullable() }).nullable(),
  tunnel: z
    .object({
      hubPorts: z.array(z.number().int()),
      process: processSchema.nullable(),
      /** Stay the same for all connections of the job: the client's targets name them. */
      forwards: z.array(z.object({ hubPort: z.number().int(), host: z.string(), port: z.number().int() })),
      /** The process has logged in and listens. */
      ready: z.boolean(),
      /** Which connection of the job it is, from 1; grows when one is ready. */
      generation: z.number().int(),
      /** How the last connection that was needed ended. */
      ended: z.object({ generation: z.number().int(), tool: toolReportSchema }).nullable(),
      /** The newest connection of which the hub says that no older one lives. */
      alone: z.number().int(),
    })
    .nullable(),
  /** The client was ended on request. */
  cancelled: z.boolean(),
  /** What the source said of each disk when it let them go; null: it was not asked. */
  released: z.array(diskVerdictSchema).nullable(),
})
export type Ledger = z.infer<typeof ledgerSchema>

export const emptyLedger: Ledger = { snapshot: null, client: null, tunnel: null, cancelled: false, released: null }

/** Names of the files in a job's directory. */
export function jobFiles(directory: string) {
  const at = (name: string) => path.join(directory, name)
  return {
    directory,
    record: at('job.json'),
    ledger: at('ledger.json'),
    /** The job's own key pair (and `key.pub`). */
    key: at('key'),
    reports: at('reports.ndjson'),
    clientLog: at('client.log'),
    /** Written by the client as its very last act. */
    clientEnd: at('client-end.json'),
    /** The appliance's rate limit (transfer/limit/file.ts), beside the jobs: all clients share it. */
    limit: at('../../limit.json'),
    /** The digest log of a disk (docs/formats.md). */
    digests: (key: number) => at(`digests-${key}.log`),
  }
}
export type JobFiles = ReturnType<typeof jobFiles>

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(file, 'utf8')))
}

export const readRecord = (files: JobFiles) => readJson(files.record, jobRecordSchema)
export const readLedger = (files: JobFiles) => readJson(files.ledger, ledgerSchema)

/** The ledger as it stands, read again only when it was replaced (by rename: then its inode or time is another). Null: there is none. */
export function watchedLedger(files: JobFiles): () => Promise<Ledger | null> {
  let known: { version: string; ledger: Ledger } | null = null
  return async () => {
    try {
      const { ino, mtimeNs } = statSync(files.ledger, { bigint: true })
      const version = `${ino} ${mtimeNs}`
      if (known?.version !== version) known = { version, ledger: await readLedger(files) }
      return known.ledger
    } catch {
      return null
    }
  }
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writePrivate(file, `${JSON.stringify(value)}\n`)
}
