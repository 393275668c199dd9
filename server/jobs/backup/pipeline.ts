import { noteJob } from '../../db/jobs.ts'
import { commit } from './commit.ts'
import { copy } from './copy.ts'
import { FencedError } from './interrupts.ts'
import { plan } from './plan.ts'
import { prepare } from './prepare.ts'
import { prove } from './prove.ts'
import { release } from './release.ts'
import type { BackupRun } from './run.ts'
import type { JobWatch } from './watch.ts'

/** What a later engine needs, kept before the step that makes it needed. */
async function keep(run: BackupRun, data: { takenAt?: Date; targets?: string }): Promise<void> {
  if (!(await noteJob(run.ctx.prisma, run.job, data))) throw new FencedError(`job ${run.job.id} changed hands`)
}

/** A new backup. */
export async function fromStart(run: BackupRun, watch: JobWatch): Promise<void> {
  run.signal.throwIfAborted()
  await fromPlanned(run, watch, await plan(run))
}

/** The source is frozen; nothing of the hub's side exists. */
export async function fromPlanned(
  run: BackupRun,
  watch: JobWatch,
  { publicKey }: { publicKey: string },
): Promise<void> {
  await keep(run, { takenAt: run.takenAt })
  await run.ctx.park('planned', run.job.id)
  const targets = await prepare(run, publicKey)
  await keep(run, { targets })
  await run.ctx.park('prepared', run.job.id)
  await fromTargets(run, watch, targets)
}

/** Exports and tunnel stand; the client runs, has ended, or is to be started. */
export async function fromTargets(run: BackupRun, watch: JobWatch, targets: string): Promise<void> {
  await copy(run, watch, targets)
  await run.ctx.park('copied', run.job.id)
  await fromStored(run, watch)
}

/** Everything is stored: the way there is closed, then what lies there is proved. */
export async function fromStored(run: BackupRun, watch: JobWatch): Promise<void> {
  await release(run)
  await prove(run)
  await watch.settle()
  await run.ctx.park('proved', run.job.id)
  await commit(run)
}
