import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'

/** The points of a backup at which a test can hold it. */
export const parkPoints = [
  'planned',
  'prepared',
  'connect',
  'report',
  'copied',
  'released',
  'proved',
  'before-rename',
  'after-rename',
] as const
export type ParkPoint = (typeof parkPoints)[number]

/** Returns at once, unless a test holds this point. */
export type Park = (point: ParkPoint, jobId?: string) => Promise<void>

/** The files of the hub's home by which a test and the engine speak of points. */
export const parkFiles = (home: string) => ({
  /** Points, with spaces between: whoever comes to one of them waits there until it stands there no more. */
  park: path.join(home, 'park'),
  /** The point at which somebody waits. */
  parked: path.join(home, 'parked'),
  /** The same for one job. */
  parkedJob: (jobId: string) => path.join(home, `parked.${jobId}`),
  /** Points that this job passes all the same; `all`: every one. */
  passJob: (jobId: string) => path.join(home, `pass.${jobId}`),
})

/** For tests (SENDENSE_PARK=yes). */
export function parking(env: { home: string; park: boolean }): Park {
  if (!env.park) return async () => undefined
  const files = parkFiles(env.home)
  const words = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split(/\s+/)
  return async (point, jobId) => {
    const holds = async () => {
      if (!(await words(files.park)).includes(point)) return false
      const passes = jobId === undefined ? [] : await words(files.passJob(jobId))
      return !passes.includes(point) && !passes.includes('all')
    }
    if (!(await holds())) return
    await writeFile(files.parked, point)
    if (jobId !== undefined) await writeFile(files.parkedJob(jobId), point)
    await waitFor(async () => !(await holds()), { deadlineMs: Number.POSITIVE_INFINITY, everyMs: 20 })
  }
}
