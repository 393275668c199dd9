import type { Problem } from '#contracts/problem.ts'
import type { JobRecord } from '../jobs/record.ts'
import { type AttemptContext, problemOf, sourceOf, withSource } from './attempt.ts'
import { CopyProgress } from './copy/progress.ts'
import { rereadDisk } from './copy/reread-disk.ts'
import type { DiskJournal } from './journal.ts'
import { changedProblem } from './problems.ts'
import type { Reporter } from './reporter.ts'

type JobDisk = JobRecord['disks'][number]

/**
 * Reads the source a second time after the copy and compares every leaf: what is the same twice was the same at each moment
 * between the two. Answers the problem when anything differs.
 */
export async function readAgain(
  disk: JobDisk,
  journal: DiskJournal,
  context: AttemptContext & { reporter: Reporter },
): Promise<Problem | null> {
  const { files, signal, limiter, phase, reporter } = context
  const { key, sizeBytes } = disk
  return await withSource(disk, context, async (served) => {
    phase('reading again')
    try {
      const found = await rereadDisk({
        openSource: sourceOf(disk, served, files.directory, signal),
        connections: 2,
        sizeBytes,
        expected: journal.digests(),
        limiter,
        progress: new CopyProgress(),
        signal,
      })
      reporter.report({ type: 'read-again', key, ...found })
      if (found.differing === 0) return null
      const places = `${found.differing} ${found.differing === 1 ? 'block' : 'blocks'} of 64 KiB, the first at byte ${found.firstOffset}`
      return changedProblem(key, `was read twice and differed in ${places}`)
    } catch (error) {
      return await problemOf(disk, error, served, signal)
    }
  })
}
