import path from 'node:path'
import type { JobState } from '#contracts/job.ts'
import { diskStates } from '#contracts/job.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { DiskVerdict } from '#contracts/source-state.ts'
import type { Proof } from '#contracts/views.ts'
import { sleep } from '#lib/async/wait.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { json } from '../../db/client.ts'
import { jobFacts } from '../../db/events.ts'
import type { JobRow } from '../../db/jobs.ts'
import { jobResources, type LedgerRow, markOrphan, openResources } from '../../db/resources.ts'
import { backupPaths } from '../../drivers/repository/driver.ts'
import type { ExportFacts } from '../../engine/exports.ts'
import { cleanResource } from '../clean-resource.ts'
import { commit } from './commit.ts'
import { endPartial } from './partial-end.ts'
import { fromPlanned, fromStored, fromTargets } from './pipeline.ts'
import { replan } from './plan.ts'
import { rollForward } from './roll-forward.ts'
import { type BackupRun, newDisk, type RunDisk } from './run.ts'
import { storedFacts } from './source-state.ts'
import type { JobWatch } from './watch.ts'

/** Where a job that an earlier engine left is taken up. */
export function resumePoint(job: { state: JobState; targets: string | null }): 'prepare' | 'copy' | 'commit' {
  if (job.state === 'committing') return 'commit'
  return job.targets === null ? 'prepare' : 'copy'
}

function notResumable(run: BackupRun, why: string): ProblemError {
  return new ProblemError({
    code: 'engine_restarted',
    happened: `The hub's engine stopped while this backup was ${run.job.state}, and ${why}.`,
    safe: 'Earlier backups are untouched; the unfinished images are removed.',
    remedy: 'Start the backup again.',
  })
}

function undo(run: BackupRun, row: LedgerRow): () => Promise<string | null> {
  return async () => {
    try {
      return row.kind === 'partial-directory' ? await endPartial(run, row) : await cleanResource(run.ctx, row)
    } catch (error) {
      await markOrphan(run.ctx.prisma, row.id)
      throw error
    }
  }
}

/** The appliance dials again within seconds of the engine's start; it may also be away for longer. */
async function untilReachable(run: BackupRun): Promise<void> {
  const until = performance.now() + run.ctx.env.applianceAwayMs
  for (;;) {
    try {
      await run.client.call('hello', {}, { timeoutMs: 5000, signal: run.signal })
      return
    } catch (error) {
      run.signal.throwIfAborted()
      if (performance.now() > until) throw error
      await sleep(250, run.signal)
    }
  }
}

const isFlushed = (disk: { state: RunDisk['state'] }) => diskStates.indexOf(disk.state) >= diskStates.indexOf('flushed')

async function takeUpDisk(run: BackupRun, row: JobRow['disks'][number], exports: LedgerRow[]): Promise<RunDisk> {
  const { key, label, state, hubPort, exportName, imagePath } = row
  const figure = (value: bigint | null) => (value === null ? null : Number(value))
  const disk: RunDisk = {
    ...newDisk({ key, label, sizeBytes: Number(row.sizeBytes), dataBytes: figure(row.dataBytes) }, storedFacts(row)),
    ...{ state, readBytes: figure(row.readBytes), writtenBytes: figure(row.writtenBytes) },
    ...{ sentBytes: figure(row.sentBytes), allocatedBytes: Number(row.allocatedBytes ?? 0) },
    imagePath: path.join(run.job.repository.path, imagePath ?? ''),
    proof: json<Proof>(row.proof),
    released: json<DiskVerdict>(row.released),
  }
  const found = exports.find(({ data }) => {
    const facts = data as ExportFacts
    return facts.exportName === exportName && facts.port === hubPort
  })
  if (!found || imagePath === null) throw notResumable(run, `disk ${key} has no export on record`)
  disk.closed = (found.data as ExportFacts).end ?? null
  if (disk.closed) return disk
  disk.live = await run.ctx.exports.adopt(found, run.signal)
  if (disk.live) return disk
  if (!isFlushed(disk)) throw notResumable(run, `the qemu-nbd of disk ${key} ended meanwhile`)
  // What the copier had flushed before is on the disk, however the process ended afterwards.
  disk.closed = await run.ctx.exports.stop(found)
  return disk
}

async function takeUpDisks(run: BackupRun): Promise<void> {
  const { job, ctx } = run
  const exports = await jobResources(ctx.prisma, 'export', job.id)
  for (const row of job.disks) run.disks.set(row.key, await takeUpDisk(run, row, exports))
  run.partial = backupPaths(job.repository.path, job.vm.slug, job.backupId).partial
  run.takenAt = job.takenAt ?? job.createdAt
}

/** Nothing was copied: what the earlier engine made on the hub goes, and is made again. */
async function prepareAgain(run: BackupRun, watch: JobWatch, rows: readonly LedgerRow[]): Promise<void> {
  const former = new CleanupList()
  for (const row of rows) if (row.kind !== 'appliance-job') former.add(`${row.kind} ${row.identity}`, undo(run, row))
  const failed = (await former.run()).find(({ ok }) => !ok)
  if (failed) throw notResumable(run, `what it had made could not be cleaned (${failed.step}: ${failed.detail})`)
  await untilReachable(run)
  await fromPlanned(run, watch, await replan(run))
}

/**
 * Takes a job up that an earlier engine left behind: adopts its exports, follows the client that went on meanwhile, and
 * finishes the backup. What belongs to it is cleaned like that of any run when this fails.
 * @throws ProblemError `engine_restarted` with what makes it impossible
 */
export async function resume(run: BackupRun, watch: JobWatch): Promise<void> {
  const { job, ctx, cleanup } = run
  const rows = (await openResources(ctx.prisma, { jobId: job.id })).filter(({ kind }) => kind !== 'port').reverse()
  for (const row of rows) cleanup.add(`${row.kind} ${row.identity}`, undo(run, row))
  run.signal.throwIfAborted()
  run.recall(await jobFacts(ctx.prisma, job.id))
  await run.step('engine', `The engine was started again and takes this backup up (it was ${job.state}).`, 'info')
  const point = resumePoint(job)
  if (point === 'prepare') return await prepareAgain(run, watch, rows)
  if (point === 'commit' && (await rollForward(run))) return
  await takeUpDisks(run)
  if (point === 'commit') return await commit(run)
  // The source is let go: what remains needs the repository alone.
  if ([...run.disks.values()].every(({ released }) => released !== null)) return await fromStored(run, watch)
  await untilReachable(run)
  await fromTargets(run, watch, job.targets ?? '')
}
