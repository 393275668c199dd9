import { ProblemError } from '#contracts/problem.ts'
import { isAway } from '../db/patience.ts'

/** What a failure is in words when the database is out of reach; else the failure as it is. */
export function whenAway(error: unknown): unknown {
  if (!isAway(error)) return error
  return new ProblemError(
    {
      code: 'unavailable',
      happened: 'The database of this hub does not answer.',
      safe: 'Running backups wait for it.',
      remedy: 'Ask again in some seconds. If it stays away, look whether PostgreSQL runs on the hub.',
    },
    { cause: error },
  )
}
