import { mkdir, writeFile } from 'node:fs/promises'
import type { ApplianceInput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sumExtents } from '../nbdkit/extents.ts'
import { findSource } from '../sources/registry.ts'
import type { Snapshot } from '../sources/source.ts'
import { makeKeyPair } from '../tunnel/keys.ts'
import type { JobContext } from './context.ts'
import { jobMark } from './mark.ts'
import { type JobFiles, type JobRecord, type Ledger, writeJson } from './record.ts'

/**
 * Freezes the disks, reads their extents and makes the job's key; keeps it all in the job's directory.
 * What it began stands in the ledger, also when it throws.
 * @throws ProblemError source_missing | source_read | bad_input
 */
export async function prepareJob(
  input: ApplianceInput<'jobs.prepare'>,
  files: JobFiles,
  context: JobContext,
  keep: (change: Partial<Ledger>) => Promise<void>,
  signal: AbortSignal,
): Promise<JobRecord> {
  const { jobId, ref } = input
  const config = await context.config()
  const source = findSource(config, input.source)
  await mkdir(files.directory, { recursive: true, mode: 0o700 })
  await keep({ snapshot: { source: source.name, snapshot: null } })
  await writeFile(files.reports, '', { mode: 0o600, flag: 'a' })
  const keyPair = makeKeyPair(files.key, `sendense-job ${jobId}`)
  // Both go on to their end whatever becomes of the other.
  const [key, opened] = await Promise.allSettled([keyPair, openSource()])
  if (opened.status === 'rejected') throw opened.reason
  if (key.status === 'rejected') throw key.reason
  const record: JobRecord = {
    jobId,
    source: source.name,
    ref,
    takenAt: opened.value.takenAt,
    publicKey: key.value,
    disksAtOnce: config.disksAtOnce,
    snapshot: opened.value.snapshot,
    disks: opened.value.disks,
  }
  await writeJson(files.record, record)
  return record

  async function openSource(): Promise<Pick<JobRecord, 'takenAt' | 'snapshot' | 'disks'>> {
    const work = { directory: files.directory, mark: jobMark(jobId), signal }
    const takenAt = new Date().toISOString()
    const snapshot: Snapshot = await source.begin({ ref, keys: input.keys }, work)
    await keep({ snapshot: { source: source.name, snapshot } })
    const results = await Promise.allSettled(
      input.keys.map(async (diskKey) => {
        const { sizeBytes, extents } = await source.extents(snapshot, diskKey, work)
        await writeJson(files.extents(diskKey), extents)
        return { key: diskKey, sizeBytes, dataBytes: sumExtents(extents), access: source.open(snapshot, diskKey) }
      }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return {
      takenAt,
      snapshot,
      disks: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
    }
  }
}

/** Same machine and same disks, whatever their order? Otherwise two jobs go by one id. */
export function refuseOtherJob(record: JobRecord, input: ApplianceInput<'jobs.prepare'>): void {
  const keys = (list: readonly number[]) => list.toSorted((a, b) => a - b).join()
  const same =
    record.source === input.source &&
    record.ref === input.ref &&
    keys(record.disks.map(({ key }) => key)) === keys(input.keys)
  if (same) return
  throw new ProblemError({
    code: 'conflict',
    happened: `The job ${record.jobId} was already prepared for another virtual machine or other disks.`,
    safe: 'The job that has this id goes on unchanged.',
  })
}
