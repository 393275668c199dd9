import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import lockfile from 'proper-lockfile'

/** A holder that died is seen by its lock not being touched for so long; a living one touches it every half of that. */
const STALE_MS = 10_000
const LOOK_EVERY_MS = 250

const isTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ELOCKED'

/**
 * Runs the work while no other build works in this checkout: two would write one `.next`. Waits as long as another one
 * lives.
 * @param say  told in one line when it has to wait
 */
export async function oneAtATime<T>(root: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const dist = path.join(root, 'dist')
  await mkdir(dist, { recursive: true })
  const options: lockfile.LockOptions = {
    lockfilePath: path.join(dist, 'build.lock'),
    stale: STALE_MS,
    // A machine that slept: the other build may have begun, and Next's own lock still keeps the two apart.
    onCompromised: () => say('The lock of this build was lost: another build may run beside it.'),
  }
  const patient = { ...options, retries: { forever: true, factor: 1, minTimeout: LOOK_EVERY_MS } }
  const release = await lockfile.lock(dist, options).catch((error: unknown) => {
    if (!isTaken(error)) throw error
    say('Another build runs in this checkout: waiting for it …')
    return lockfile.lock(dist, patient)
  })
  try {
    return await work()
  } finally {
    await release()
  }
}
