import { ProblemError } from '#contracts/problem.ts'
import type { RunDisk } from './run.ts'

/** A disk whose bytes are not proved. */
export function refuse(disk: Pick<RunDisk, 'key'>, words: string): ProblemError {
  return new ProblemError({
    code: 'proof_failed',
    happened: `Disk ${disk.key}: ${words}`.slice(0, 2000),
    safe: 'Earlier backups are untouched; this one is discarded because its bytes are not proved.',
    remedy: 'Start the backup again. If it fails the same way, look at the storage of the repository.',
  })
}
