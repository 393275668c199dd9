import { mkdir, writeFile } from 'node:fs/promises'
import type { ApplianceInput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sentences } from '#contracts/source-state.ts'
import { findSource } from '../sources/registry.ts'
import type { Snapshot, Source } from '../sources/source.ts'
import { makeKeyPair } from '../tunnel/keys.ts'
import type { JobContext } from './context.ts'
import { jobMark } from './mark.ts'
import { type JobFiles, type JobRecord, type Ledger, writeJson } from './record.ts'

/**
 * Asks the source for the machine's disks and how the state of each is fixed, reads their extents and makes the job's key; keeps it all
 * in the job's directory. What it began stands in the ledger, also when it throws.
 * @throws ProblemError source_missing | source_read | source_format | source_unknown | bad_input
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
    publicKey: key.value,
    disksAtOnce: config.disksAtOnce,
    snapshot: opened.value.snapshot,
    disks: opened.value.disks,
  }
  await writeJson(files.record, record)
  return record

  async function openSource(): Promise<Pick<JobRecord, 'snapshot' | 'disks'>> {
    const work = { directory: files.directory, mark: jobMark(jobId), signal }
    const snapshot: Snapshot = await source.begin({ ref, allowUnknown: input.allowUnknown ?? [] }, work)
    await keep({ snapshot: { source: source.name, snapshot } })
    const begun = source.disks(snapshot)
    requireDisks(source, ref, input.expect ?? [], begun)
    const results = await Promise.allSettled(
      begun.map(async ({ notes, ...disk }) => {
        const { sizeBytes, dataBytes } = await source.measure(snapshot, disk.key, work)
        return { ...disk, sizeBytes, dataBytes, notes: sentences(notes) }
      }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return { snapshot, disks: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])) }
  }
}

/** @throws ProblemError source_missing when a disk that must be there is not */
function requireDisks(
  source: Source,
  ref: string,
  expected: readonly number[],
  found: readonly { key: number }[],
): void {
  const gone = expected.filter((key) => !found.some((disk) => disk.key === key))
  if (gone.length === 0) return
  throw new ProblemError({
    code: 'source_missing',
    happened: `The source "${source.name}" no longer has ${gone.length === 1 ? 'disk' : 'disks'} ${gone.join(', ')} of "${ref}".`,
    safe: 'Nothing was copied; earlier backups are untouched.',
    remedy:
      "If that is meant, refresh the list of virtual machines and start again; otherwise correct the source's settings.",
  })
}

/** The same machine? Otherwise two jobs go by one id. */
export function refuseOtherJob(record: JobRecord, input: ApplianceInput<'jobs.prepare'>): void {
  if (record.source === input.source && record.ref === input.ref) return
  throw new ProblemError({
    code: 'conflict',
    happened: `The job ${record.jobId} was already prepared for another virtual machine.`,
    safe: 'The job that has this id goes on unchanged.',
  })
}
