import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import type { ParkPoint } from '#server/engine/park.ts'
import type { Stack } from '../stack.ts'
import type { Phase } from './fault.ts'

/** The point at which a job stands in a phase; in `copying` it is held by its slow source instead. */
export const pointOf: Record<Exclude<Phase, 'copying'>, ParkPoint> = {
  planned: 'planned',
  preparing: 'prepared',
  flushing: 'copied',
  checking: 'proved',
  committing: 'before-rename',
}

export interface Hold {
  /** Resolves when a job stands at the point. */
  reached(deadlineMs?: number): Promise<void>
  /** It goes on, also in an engine that is started later. */
  release(): Promise<void>
}

/** Holds the next job that comes to the point; the stack's engine runs with SENDENSE_PARK=yes. */
export async function holdAt(stack: Pick<Stack, 'home' | 'logs'>, point: ParkPoint): Promise<Hold> {
  const [park, parked] = [path.join(stack.home, 'park'), path.join(stack.home, 'parked')]
  await rm(parked, { force: true })
  await writeFile(park, point)
  return {
    reached: async (deadlineMs = 30_000) => {
      const there = async () => (await readFile(parked, 'utf8').catch(() => '')) === point
      if (!(await waitFor(there, { deadlineMs, everyMs: 20 })))
        throw new Error(`no job comes to ${point}\n${await stack.logs()}`)
    },
    release: () => rm(park, { force: true }),
  }
}
