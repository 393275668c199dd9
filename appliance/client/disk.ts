import type { Problem } from '#contracts/problem.ts'
import { toProblem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import type { JobFiles, JobRecord } from '../jobs/record.ts'
import { readExtentsFile } from '../jobs/record.ts'
import { readPresent, roundedBytes } from '../nbdkit/extents.ts'
import { lackingBlocks } from '../nbdkit/lacking.ts'
import { type AttemptContext, attemptCopy, type CopyPlan } from './attempt.ts'
import { CLUSTER_BYTES } from './copier/nbdcopy-args.ts'
import { DiskMeter } from './meter.ts'
import { mayBeTunnel, stoppedProblem, tunnelLostProblem } from './problems.ts'
import type { Reporter } from './reporter.ts'
import type { TunnelWatch } from './tunnel-watch.ts'

/** A client that opens its source says so this often: one that says nothing any more does not run. */
const STILL_MS = 2000

type JobDisk = JobRecord['disks'][number]

export interface CopyContext extends Omit<AttemptContext, 'phase'> {
  files: JobFiles
  reporter: Reporter
  tunnel: TunnelWatch
}

/**
 * Serves and copies one disk, telling its phases. A copy whose tunnel breaks goes on through the next one, with what the
 * image lacks. Answers the problem, or null when every byte is flushed.
 */
export async function copyDisk(disk: JobDisk, target: Target, context: CopyContext): Promise<Problem | null> {
  const { files, reporter, signal, tunnel } = context
  const { key } = disk
  const told = new Set<string>()
  const phase: AttemptContext['phase'] = (name) => {
    if (told.has(name)) return
    told.add(name)
    reporter.report({ type: 'phase', key, phase: name })
  }
  if (signal.aborted) return stoppedProblem(key, String(signal.reason))
  const still = setInterval(() => {
    if (told.size === 1) reporter.report({ type: 'phase', key, phase: 'opening' })
  }, STILL_MS)
  try {
    phase('opening')
    const extents = await readExtentsFile(files, key)
    const requestBytes = context.copier.requestBytes(extents, disk.sizeBytes)
    const meter = new DiskMeter(disk.dataBytes, roundedBytes(extents, requestBytes, disk.sizeBytes))
    let cut = false
    for (;;) {
      const connection = await tunnel.current()
      const problem = await attempt(cut)
      if (problem === null) {
        phase('done')
        return null
      }
      if (signal.aborted) return stoppedProblem(key, String(signal.reason))
      if (connection === null || !mayBeTunnel(problem) || !(await tunnel.broke(connection))) return problem
      const lost = await tunnel.back(connection, signal)
      if (lost !== null) return tunnelLostProblem(lost)
      cut = true
    }

    async function attempt(again: boolean): Promise<Problem | null> {
      try {
        const plan = again ? await rest(meter) : { listed: null, requestBytes }
        return await attemptCopy(disk, target, plan, meter, { ...context, phase })
      } catch (error) {
        return toProblem(error)
      }
    }

    /** Asked of the process that took the writes, through the new tunnel: what it holds was written whole. */
    async function rest(figures: DiskMeter): Promise<CopyPlan> {
      const present = await readPresent(targetUrl(target), { cwd: files.directory, what: `disk ${key}`, signal })
      const listed = lackingBlocks(extents, present, disk.sizeBytes, CLUSTER_BYTES)
      const { remainingBytes, againBytes } = figures.cut(listed, extents)
      reporter.report({ type: 'resumed', key, remainingBytes, againBytes })
      return { listed, requestBytes: CLUSTER_BYTES }
    }
  } catch (error) {
    return signal.aborted ? stoppedProblem(key, String(signal.reason)) : toProblem(error)
  } finally {
    clearInterval(still)
  }
}
