import type { JobReport } from '#contracts/appliance.ts'
import { diskStates } from '#contracts/job.ts'
import { type Problem, ProblemError, type ToolReport } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { tailFile } from '#lib/process/tail.ts'
import { allocatedBytes } from '../../drivers/image/driver.ts'
import { requireRepository } from '../../drivers/repository/driver.ts'
import { blame } from './blame.ts'
import { DigestPull } from './digests.ts'
import { askPatiently } from './reach.ts'
import type { BackupRun } from './run.ts'
import { welcomeBack } from './tunnel-return.ts'
import type { JobWatch } from './watch.ts'

/** The client's reports, over any number of lost control connections. */
async function* follow(run: BackupRun, signal: AbortSignal): AsyncGenerator<JobReport> {
  let after = 0
  let awaySince: number | null = null
  for (;;) {
    try {
      for await (const report of run.client.reports(run.job.id, after, signal)) {
        awaySince = null
        after = report.seq
        yield report
        if (report.type === 'client-ended') return
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ProblemError) || error.problem.code !== 'appliance_unreachable') throw error
      if (awaySince === null) await run.step('appliance', `Out of reach: ${error.message} Waiting for it.`, 'info')
      awaySince ??= performance.now()
      if (performance.now() - awaySince > run.ctx.env.applianceAwayMs) throw error
    }
    await sleep(500, signal)
  }
}

/** Aborts when a qemu-nbd of the job ends by itself: the client cannot tell that from a cut tunnel, the hub can. */
function watchExports(run: BackupRun): AbortController {
  const died = new AbortController()
  for (const { key, live } of run.disks.values()) {
    void live?.process.exited.then(async ({ exitCode, signal }) => {
      const stderr = await tailFile(live.process.logFile)
      const how = signal ? `was ended by ${signal}` : `ended with exit status ${exitCode}`
      died.abort(
        new ProblemError({
          code: 'export_failed',
          happened: `qemu-nbd of disk ${key} (port ${live.port}) ${how} in the middle of the copy.`,
          safe: 'Earlier backups are untouched; this one is discarded, because what that process held in memory is lost.',
          remedy: 'Start the backup again. If it happens again, look at the hub’s memory and kernel log.',
          tool: { command: `qemu-nbd ${live.exportName}`, exitCode, signal, stderr },
        }),
      )
    })
  }
  return died
}

/** A full disk is seen by the copier as a refused write; the hub knows which disk and how full. */
async function explain(run: BackupRun, problem: Problem): Promise<Problem> {
  if (problem.code !== 'repository_full') return problem
  const { name, path } = run.job.repository
  const space = await requireRepository(path, run.job.repositoryId).catch(() => null)
  const left = [...run.disks.values()].reduce(
    (sum, disk) => sum + Math.max(0, (disk.dataBytes ?? 0) - disk.allocatedBytes),
    0,
  )
  return {
    ...problem,
    happened: `The repository ${name} (${path}) is full: ${space?.freeBytes ?? 0} bytes are free, about ${left} more are needed.`,
    safe: 'Earlier backups are untouched; the unfinished images are removed.',
    remedy: 'Free space there or choose another repository, then start again.',
  }
}

async function take(run: BackupRun, report: JobReport): Promise<Problem | null> {
  switch (report.type) {
    case 'client-started':
      run.clientAsked = { at: performance.now(), spoke: true, repeatedAt: null }
      await run.step('client', `The backup client runs (pid ${report.pid} on the appliance).`)
      return null
    case 'phase':
      if (report.phase === 'opening' && run.opening.has(report.key)) {
        // Said before: a sign of life, and nothing for the record.
        if (run.clientAsked) run.clientAsked.repeatedAt = performance.now()
        return null
      }
      if (report.phase === 'opening') run.opening.add(report.key)
      if (report.phase === 'copying') await run.setDisk(report.key, 'copying')
      if (report.phase === 'flushing') await run.setDisk(report.key, 'flushing')
      await run.step('phase', `Disk ${report.key}: ${report.phase}.`, 'info', report.key)
      return null
    case 'stored':
      pullOf(run, report.key).stored(report.logBytes)
      return null
    case 'read-again': {
      const { key, leaves, differing } = report
      const words = `Disk ${key}: ${leaves} blocks were read a second time at the source; ${differing} differed.`
      await run.step('read again', words, differing === 0 ? 'ok' : 'failed', key)
      return null
    }
    case 'progress':
      run.heardAt = performance.now()
      for (const { key, ...figures } of report.disks) {
        const disk = run.disk(key)
        if ((figures.againBytes ?? 0) > disk.againBytes) run.goesOn()
        Object.assign(disk, figures)
      }
      return null
    case 'disk-ended': {
      const disk = run.disk(report.key)
      disk.bytesPerSecond = 0
      if (report.ok) await run.setDisk(report.key, 'flushed')
      else {
        disk.problem = report.problem
        disk.state = 'failed'
      }
      return report.ok ? null : report.problem
    }
    case 'tunnel-ended':
      await run.step('tunnel', tunnelEnded(run, report.tool), 'info')
      return null
    case 'tunnel-restored':
      await run.step('tunnel', `The data tunnel is back after ${(report.awayMs / 1000).toFixed(1)} s.`)
      await welcomeBack(run)
      return null
    case 'resumed': {
      const { key, remainingBytes, againBytes } = report
      const again = ` ${againBytes} of them had been read before.`
      await run.step('copy', `Disk ${key}: the copy goes on with ${remainingBytes} bytes.${again}`, 'ok', key)
      return null
    }
    case 'client-ended': {
      const { tool, ok, problem } = report
      if (ok) return null
      const how = tool.signal ? `was ended by ${tool.signal}` : `ended with exit status ${tool.exitCode}`
      return problem ?? { code: 'client_exited', happened: `The backup client ${how}.`, tool }
    }
  }
}

function pullOf(run: BackupRun, key: number): DigestPull {
  const disk = run.disk(key)
  disk.pull ??= new DigestPull(run, key)
  return disk.pull
}

function tunnelEnded(run: BackupRun, { exitCode, signal, stderr }: ToolReport): string {
  const how =
    stderr.at(-1) ?? (signal ? `ssh was ended by ${signal}` : `ssh ended with status ${exitCode ?? 'unknown'}`)
  const seconds = run.ctx.env.applianceAwayMs / 1000
  return `The data tunnel ended: ${how.replace(/\.$/, '')}. The copy waits up to ${seconds} s for a new one.`
}

/** Once a second: what each image takes on the disk, and everything to whoever watches. */
async function sample(run: BackupRun, watch: JobWatch, signal: AbortSignal): Promise<void> {
  const say = (what: string) => (err: unknown) => run.ctx.log.warn({ err, job: run.job.id }, what)
  while (!signal.aborted) {
    for (const disk of run.disks.values())
      disk.allocatedBytes = await allocatedBytes(disk.imagePath).catch(() => disk.allocatedBytes)
    await watch.sample().catch(say('hops not measured'))
    run.ledger = await watch.look().catch(() => run.ledger)
    await run.publish().catch(say('figures not stored'))
    await sleep(1000, signal).catch(() => undefined)
  }
}

/** Starts the client and follows it until it ended well for every disk. @throws ProblemError with the cause nearest to the truth */
export async function copy(run: BackupRun, watch: JobWatch, targets: string): Promise<void> {
  const { client, job } = run
  run.cleanup.add('backup client', async () => {
    try {
      await client.call('jobs.cancel', { jobId: job.id }, { timeoutMs: 10_000 })
    } catch (error) {
      // The appliance has ended the job already, and its client with it.
      if (!(error instanceof ProblemError) || !['not_found', 'lease_expired'].includes(error.problem.code)) throw error
    }
  })
  const died = watchExports(run)
  const ended = new AbortController()
  const signal = AbortSignal.any([run.signal, died.signal])
  const { applianceAwayMs, tunnelAwayTotalMs } = run.ctx.env
  const bounds = { tunnelAwaySeconds: applianceAwayMs / 1000, tunnelAwayTotalSeconds: tunnelAwayTotalMs / 1000 }
  await askPatiently(run, 'jobs.start', { jobId: job.id, targets, ...bounds }, { timeoutMs: 20_000, signal })
  run.clientAsked = { at: performance.now(), spoke: false, repeatedAt: null }
  const sampling = sample(run, watch, AbortSignal.any([signal, ended.signal]))
  try {
    let first: Problem | null = null
    // A replay begins with old figures: those stay unseen.
    let published = run.resumed
    for await (const report of follow(run, signal)) {
      if (report.type === 'disk-ended') await run.ctx.park('report', run.job.id)
      first = (await take(run, report)) ?? first
      if (report.type === 'progress' && !published) {
        published = true
        await run.publish()
      }
    }
    if (first) {
      // A qemu-nbd that died is the cause, the client's error its effect: give its exit a moment to be seen.
      await sleep(300, died.signal).catch(() => undefined)
      died.signal.throwIfAborted()
      const broken = [...run.disks.values()].find(({ problem }) => problem === first)
      throw new ProblemError(await blame(await explain(run, first), broken?.live ?? null))
    }
    const open = [...run.disks.values()].filter(
      (disk) => diskStates.indexOf(disk.state) < diskStates.indexOf('flushed'),
    )
    if (open.length > 0)
      throw new ProblemError({
        code: 'client_exited',
        happened: `The backup client ended without finishing disk ${open[0]?.key}.`,
      })
  } finally {
    ended.abort()
    await sampling
  }
}
