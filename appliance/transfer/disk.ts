import { type Problem, toProblem } from '#contracts/problem.ts'
import type { Target } from '#contracts/targets.ts'
import type { JobRecord } from '../jobs/record.ts'
import { type AttemptContext, attemptCopy, storeAcknowledged } from './attempt.ts'
import { DiskJournal } from './journal.ts'
import { DiskMeter } from './meter.ts'
import { mayBeTunnel, stoppedProblem, tunnelLostProblem } from './problems.ts'
import { readAgain } from './read-again.ts'
import type { Reporter } from './reporter.ts'

/** A transfer process that opens its source says so this often: one that says nothing any more does not run. */
const STILL_MS = 2000

type JobDisk = JobRecord['disks'][number]

export interface CopyContext extends Omit<AttemptContext, 'phase'> {
  reporter: Reporter
}

/**
 * Serves and copies one disk, telling its phases. A copy whose tunnel breaks goes on through the next one, with what no
 * stored piece of its digest log covers. Answers the problem, or null when every byte is flushed.
 */
export async function copyOneDisk(disk: JobDisk, target: Target, context: CopyContext): Promise<Problem | null> {
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
  const attempt = async (again: boolean, journal: DiskJournal, meter: DiskMeter) => {
    try {
      if (again) {
        const problem = await storeAcknowledged(key, target, journal, signal)
        if (problem !== null) return problem
        reporter.report({ type: 'resumed', key, ...meter.cut(journal.storedLeaves) })
      }
      return await attemptCopy(disk, target, journal, meter, { ...context, phase })
    } catch (error) {
      return toProblem(error)
    }
  }
  try {
    phase('opening')
    await using journal = new DiskJournal(files.digests(key), disk.sizeBytes, (logBytes) =>
      reporter.report({ type: 'stored', key, logBytes }),
    )
    const meter = new DiskMeter(disk.dataBytes)
    for (let again = false; ; again = true) {
      const connection = await tunnel.current()
      const problem = await attempt(again, journal, meter)
      if (problem === null) break
      if (signal.aborted) return stoppedProblem(key, String(signal.reason))
      if (connection === null || !mayBeTunnel(problem) || !(await tunnel.broke(connection))) return problem
      const lost = await tunnel.back(connection, signal)
      if (lost !== null) return tunnelLostProblem(lost)
    }
    const changed = disk.secondRead ? await readAgain(disk, journal, meter, { ...context, phase }) : null
    if (changed !== null) return changed
    phase('done')
    return null
  } catch (error) {
    return signal.aborted ? stoppedProblem(key, String(signal.reason)) : toProblem(error)
  } finally {
    clearInterval(still)
  }
}
