import path from 'node:path'
import { parseTargets, type Target } from '#contracts/targets.ts'
import { jobMark } from '../jobs/mark.ts'
import { type JobRecord, jobFiles, readRecord, watchedLedger, writeJson } from '../jobs/record.ts'
import { copyOneDisk } from './disk.ts'
import { forEachLimited } from './each-limited.ts'
import { HostTraffic } from './host-traffic.ts'
import { jobLimiter } from './limit/job-limiter.ts'
import { ProgressReporter } from './progress.ts'
import { Reporter } from './reporter.ts'
import { TunnelWatch } from './tunnel-watch.ts'

export interface TransferOptions {
  jobDirectory: string
  /** The targets string of the contracts. */
  targets: string
  /** How long a broken tunnel may stay away. */
  tunnelAwayMs: number
  /** How long it may be away in all. */
  tunnelAwayTotalMs: number
  /** Aborts when the process is asked to end. */
  signal: AbortSignal
}

/**
 * The transfer process of one job: copies its disks, side by side within the job's limit. The first failure stops the rest.
 * @returns the exit status: 0 only when every disk was copied and flushed
 */
export async function runTransfer(options: TransferOptions): Promise<number> {
  const files = jobFiles(options.jobDirectory)
  using reporter = new Reporter(files.reports)
  reporter.report({ type: 'client-started', pid: process.pid })
  const record = await readRecord(files)
  const pairs = pairDisks(record, parseTargets(options.targets))

  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  {
    // Beside the jobs: all transfer processes of this appliance share them.
    await using traffic = new HostTraffic(path.join(options.jobDirectory, '../../sockets'))
    using limiter = jobLimiter(files.limit, signal)
    const ledger = watchedLedger(files)
    const tunnelPid = async () => (await ledger())?.tunnel?.process?.pid ?? null
    await using progress = new ProgressReporter(reporter, traffic, tunnelPid)
    const context = {
      files,
      mark: jobMark(record.jobId),
      reporter,
      progress,
      limiter,
      tunnel: new TunnelWatch(files, reporter, { eachMs: options.tunnelAwayMs, totalMs: options.tunnelAwayTotalMs }),
      signal,
    }
    await forEachLimited(pairs, record.disksAtOnce, async ({ disk, target }) => {
      const problem = await copyOneDisk(disk, target, context)
      reporter.report({ type: 'disk-ended', key: disk.key, ok: problem === null, problem })
      if (problem !== null) failure.abort(`disk ${disk.key} failed`)
    })
  }
  const exitCode = options.signal.aborted ? 143 : failure.signal.aborted ? 1 : 0
  await writeJson(files.clientEnd, { exitCode })
  return exitCode
}

/** @throws Error when a target names a disk that was not prepared */
function pairDisks(record: JobRecord, targets: readonly Target[]) {
  return targets.map((target) => {
    const disk = record.disks.find((each) => each.key === target.key)
    if (!disk) throw new Error(`disk ${target.key} of the targets was not prepared`)
    return { disk, target }
  })
}
