import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { formatTargets } from '#contracts/targets.ts'
import { appendEvent } from '../../db/events.ts'
import { intend, markLive } from '../../db/resources.ts'
import { exportNameFor, imageNameFor } from '../../domain/names.ts'
import { allocatedBytes, createImage, virtualSizeFor } from '../../drivers/image/driver.ts'
import { backupPaths, beginPartial } from '../../drivers/repository/driver.ts'
import { revokeDataKey } from '../clean-resource.ts'
import { blame } from './blame.ts'
import { endPartial } from './partial-end.ts'
import { askPatiently } from './reach.ts'
import type { BackupRun, RunDisk } from './run.ts'

async function makeDirectory(run: BackupRun): Promise<void> {
  const { ctx, job } = run
  const { partial } = backupPaths(job.repository.path, job.vm.slug, job.backupId)
  const row = await intend(ctx.prisma, 'partial-directory', partial, job.id, { repositoryPath: job.repository.path })
  if (!row) throw new Error(`${partial} is on the ledger already`)
  run.cleanup.add('unfinished images', () => endPartial(run, row))
  run.partial = await beginPartial(job.repository.path, job.vm.slug, job.backupId)
  await markLive(ctx.prisma, row.id)
}

async function makeImage({ partial, signal }: BackupRun, disk: RunDisk): Promise<void> {
  disk.state = 'preparing'
  disk.imagePath = path.join(partial, imageNameFor(disk.key))
  await createImage(disk.imagePath, disk.sizeBytes, { signal })
  disk.allocatedBytes = await allocatedBytes(disk.imagePath)
}

async function makeExport(run: BackupRun, disk: RunDisk): Promise<void> {
  const { ctx, job, signal } = run
  const exportName = exportNameFor(job.vm.slug, disk.key)
  const live = await ctx.exports.start({
    imagePath: disk.imagePath,
    exportName,
    readOnly: false,
    jobId: job.id,
    signal,
  })
  run.cleanup.add(`export of disk ${disk.key}`, async () => {
    await ctx.exports.stopById(live.id)
  })
  disk.live = live
  await ctx.prisma.jobDisk.update({
    where: { jobId_key: { jobId: job.id, key: disk.key } },
    data: {
      state: 'preparing',
      hubPort: live.port,
      exportName,
      imagePath: path.relative(job.repository.path, disk.imagePath),
    },
  })
}

async function letIn(run: BackupRun, publicKey: string): Promise<void> {
  const { ctx, job } = run
  const openPorts = [...run.disks.values()].map((disk) => disk.live?.port ?? 0)
  const row = await intend(ctx.prisma, 'data-key', job.id, job.id, { publicKey, openPorts })
  if (!row) throw new Error(`the key of job ${job.id} is on the ledger already`)
  run.cleanup.add('data tunnel', async () => {
    await revokeDataKey(ctx, row)
  })
  await ctx.keys.apply()
  await markLive(ctx.prisma, row.id)
}

/** Each export as the client will see it: through the job's own tunnel, by name, with the right size, readable and flushing. */
async function checkExports(run: BackupRun, targets: string): Promise<void> {
  const { job, signal } = run
  const { disks } = await askPatiently(run, 'jobs.check', { jobId: job.id, targets }, { timeoutMs: 30_000, signal })
  for (const { key, ok, sizeBytes, problem } of disks) {
    const expected = virtualSizeFor(run.disk(key).sizeBytes)
    if (ok && sizeBytes === expected) {
      await run.step(
        'check export',
        `Disk ${key}: reached through the tunnel, ${sizeBytes} bytes, reads and flushes.`,
        'ok',
        key,
      )
      continue
    }
    const words = `Disk ${key}: the export shows ${sizeBytes} bytes through the tunnel, and not ${expected}.`
    if (problem) throw new ProblemError(await blame(problem, run.disk(key).live))
    throw new ProblemError({ code: 'export_unreachable', hop: 'export', happened: words, safe: 'Nothing was written.' })
  }
}

/** Side by side, begun in order; waits for all of them, then throws what the first one threw. */
async function each(disks: readonly RunDisk[], work: (disk: RunDisk) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(disks.map(work))).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

/** Images, exports, the job's own tunnel, and proof that the exports answer through it. Answers the targets string. */
export async function prepare(run: BackupRun, publicKey: string): Promise<string> {
  const { ctx, job, signal } = run
  if (run.state === 'planned') await run.move('preparing', 'Making images and exports.')
  await makeDirectory(run)
  const disks = [...run.disks.values()]
  await each(disks, (disk) => makeImage(run, disk))
  // Exports are begun in the disks' order and take their ports in that order.
  await each(disks, (disk) => makeExport(run, disk))
  await run.step('exports', disks.map(({ live }) => `${live?.exportName} on port ${live?.port}`).join(', '))
  await letIn(run, publicKey)
  const hubPorts = disks.map(({ live }) => live?.port ?? 0)
  await ctx.park('connect', job.id)
  const { forwards } = await askPatiently(
    run,
    'jobs.connect',
    { jobId: job.id, hubPorts },
    { timeoutMs: 40_000, signal },
  )
  await appendEvent(ctx.prisma, { kind: 'tunnels.changed' })
  const targets = formatTargets(
    disks.map(({ key, live }) => {
      const forward = forwards.find(({ hubPort }) => hubPort === live?.port)
      if (!live || !forward)
        throw new ProblemError({ code: 'tunnel_refused', happened: `The tunnel has no forward for disk ${key}.` })
      return { key, host: forward.host, port: forward.port, exportName: live.exportName }
    }),
  )
  await run.step('tunnel', `The job's own SSH connection is up; targets ${targets}`)
  await checkExports(run, targets)
  return targets
}
