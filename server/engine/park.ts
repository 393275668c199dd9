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
export type Park = (point: ParkPoint) => Promise<void>

/**
 * For tests (SENDENSE_PARK=yes): whoever comes to the point that stands in `<home>/park` waits there until it stands there
 * no more; `<home>/parked` says that he does.
 */
export function parking(env: { home: string; park: boolean }): Park {
  if (!env.park) return async () => undefined
  const wanted = () => readFile(path.join(env.home, 'park'), 'utf8').catch(() => '')
  return async (point) => {
    if ((await wanted()) !== point) return
    await writeFile(path.join(env.home, 'parked'), point)
    await waitFor(async () => (await wanted()) !== point, { deadlineMs: Number.POSITIVE_INFINITY, everyMs: 20 })
  }
}
