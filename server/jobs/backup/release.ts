import type { DiskVerdict } from '#contracts/source-state.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { jobResources } from '../../db/resources.ts'
import { endApplianceJob, revokeDataKey } from '../clean-resource.ts'
import { FencedError } from './interrupts.ts'
import { askPatiently } from './reach.ts'
import { refuse } from './refuse.ts'
import type { BackupRun, RunDisk } from './run.ts'
import { judgeSource } from './source-state.ts'

/**
 * Ends the export: the very process that took the writes, and cleanly, or the image is not to be trusted. The exit status
 * of one that an earlier engine started cannot be known: the last FLUSH on it and the proof speak for it.
 */
async function closeExport(run: BackupRun, disk: RunDisk): Promise<void> {
  if (!disk.closed) {
    if (!disk.live) throw new Error(`disk ${disk.key} has no export`)
    if (!(await isAlive(disk.live.process.identity))) throw refuse(disk, 'the qemu-nbd that took the writes is gone.')
    disk.closed = await run.ctx.exports.stopById(disk.live.id)
  }
  const { closed, live } = disk
  if (!closed) throw refuse(disk, 'its qemu-nbd ended, and nobody knows how.')
  if (closed.killed) throw refuse(disk, 'its qemu-nbd had to be killed.')
  if (closed.wasGone && live !== null) throw refuse(disk, 'the qemu-nbd that took the writes is gone.')
  const known = live === null ? closed.exitCode !== null : !live.adopted
  if (known && closed.exitCode !== 0)
    throw refuse(disk, `its qemu-nbd ended with exit status ${closed.exitCode ?? 'unknown'}.`)
}

/** What the source says of its disks, kept before the appliance may forget it. */
async function askSource(run: BackupRun): Promise<DiskVerdict[]> {
  const { job, signal, ctx } = run
  const { disks } = await askPatiently(run, 'jobs.release', { jobId: job.id }, { timeoutMs: 60_000, signal })
  const { id, fence } = job
  await ctx.prisma.$transaction(async (tx) => {
    if ((await tx.job.count({ where: { id, fence } })) === 0) throw new FencedError(`job ${id} changed hands`)
    for (const { key, ...said } of disks)
      await tx.jobDisk.updateMany({ where: { jobId: id, key }, data: { released: { key, ...said } } })
  })
  return disks
}

/** Keeps how the state of each disk was fixed. @throws ProblemError source_changed | source_unknown */
async function keepStates(run: BackupRun): Promise<void> {
  const verdicts = [...run.disks.values()].flatMap(({ released }) => released ?? [])
  for (const [key, facts] of judgeSource(run.disks.values(), verdicts)) {
    run.disk(key).source = facts
    const { stateFixedBy, stateNote } = facts
    await run.ctx.prisma.jobDisk.updateMany({ where: { jobId: run.job.id, key }, data: { stateFixedBy, stateNote } })
    const unknown = stateFixedBy === 'unknown'
    await run.step(
      'source',
      `Disk ${key}: ${unknown ? 'its state is unknown, as was allowed' : 'its state is known'}. ${stateNote}`,
      unknown ? 'info' : 'ok',
      key,
    )
  }
}

/**
 * After the copy: nobody can write any more (key out, sessions ended, exports closed, ports given back), the source is let go,
 * and what it said is on record. What remains is the proof, which needs the repository alone.
 * @throws ProblemError `proof_failed`, `source_changed`, `source_unknown`
 */
export async function release(run: BackupRun): Promise<void> {
  const { ctx, job } = run
  for (const disk of run.disks.values()) await disk.pull?.settle()
  for (const row of await jobResources(ctx.prisma, 'data-key', job.id))
    if (row.state !== 'released') await revokeDataKey(ctx, row)
  const closings = await Promise.allSettled([...run.disks.values()].map((disk) => closeExport(run, disk)))
  const failed = closings.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  if (![...run.disks.values()].every(({ released }) => released !== null))
    for (const said of await askSource(run)) run.disk(said.key).released = said
  await ctx.park('released', job.id)
  await keepStates(run)
  // What cannot be ended now stays on the ledger and is ended when the appliance is back.
  for (const row of await jobResources(ctx.prisma, 'appliance-job', job.id))
    if (row.state !== 'released')
      await endApplianceJob(ctx, row).catch((err: unknown) =>
        ctx.log.warn({ err, job: job.id }, 'the appliance has not ended the job yet'),
      )
  await run.step('release', 'Exports closed, key and ports given back, the source let go. Stored, not proved yet.')
}
