import type { Problem } from '#contracts/problem.ts'
import type { JobRecord } from '../jobs/record.ts'
import { type AttemptContext, problemOf, sourceOf, withSource } from './attempt.ts'
import { noProgress } from './copy/options.ts'
import { rereadDisk } from './copy/reread-disk.ts'
import type { DiskJournal } from './journal.ts'
import type { DiskMeter } from './meter.ts'
import { changedProblem } from './problems.ts'
import type { Reporter } from './reporter.ts'

const REPORT_MS = 1000

type JobDisk = JobRecord['disks'][number]

/**
 * Reads the source a second time after the copy and compares every leaf: what is the same twice was the same at each moment
 * between the two. Answers the problem when anything differs.
 */
export async function readAgain(
  disk: JobDisk,
  journal: DiskJournal,
  meter: DiskMeter,
  context: AttemptContext & { reporter: Reporter },
): Promise<Problem | null> {
  const { files, signal, limiter, phase, reporter } = context
  const { key, sizeBytes } = disk
  return await withSource(disk, context, async (served) => {
    phase('reading again')
    const openSource = sourceOf(disk, served, files.directory, signal)
    const progress = noProgress()
    const reading = { openSource, connections: 2, sizeBytes, limiter, progress, signal }
    const told = setInterval(() => {
      const { readBytes: againBytes } = progress
      reporter.report({ type: 'progress', disks: [{ key, ...meter.reading(performance.now()), againBytes }] })
    }, REPORT_MS)
    try {
      const found = await journal.lookUp((expected) => rereadDisk({ ...reading, expected }))
      reporter.report({ type: 'read-again', key, ...found })
      if (found.differing === 0) return null
      const places = `${found.differing} ${found.differing === 1 ? 'block' : 'blocks'} of 64 KiB, the first at byte ${found.firstOffset}`
      return changedProblem(key, `was read twice and differed in ${places}`)
    } catch (error) {
      return await problemOf(disk, error, served, signal)
    } finally {
      clearInterval(told)
    }
  })
}
