import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ProcessIdentity } from '#lib/process/procfs.ts'
import { writePrivate } from './config-file.ts'

const recordSchema = z.object({ pid: z.number().int(), start: z.string() }).nullable()

/** Keeps on disk which process we started, so that a later daemon finds it. null: none. */
export async function recordProcess(file: string, identity: ProcessIdentity | null): Promise<void> {
  const record = identity && { pid: identity.pid, start: identity.start }
  await writePrivate(file, `${JSON.stringify(record)}\n`)
}

export async function readProcess(file: string): Promise<ProcessIdentity | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}
