import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { isNotFound } from './files.ts'

/**
 * Names one state of a file's content as far as the kernel tells it. Nanoseconds as text: they exceed a number. ctime, because the
 * time of the last write can be put back (`touch -r`, `cp -p`, `rsync -t`) and the time of the last change of the inode cannot.
 */
export const identitySchema = z.object({
  dev: z.string(),
  inode: z.string(),
  size: z.string(),
  mtimeNs: z.string(),
  ctimeNs: z.string(),
})
export type FileIdentity = z.infer<typeof identitySchema>

export async function fileIdentity(path: string): Promise<FileIdentity> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return { dev: `${dev}`, inode: `${ino}`, size: `${size}`, mtimeNs: `${mtimeNs}`, ctimeNs: `${ctimeNs}` }
}

/** What differs, in words; null when nothing does. */
export function identityChange(before: FileIdentity, after: FileIdentity): string | null {
  if (before.dev !== after.dev || before.inode !== after.inode) return 'was replaced by another file'
  if (before.size !== after.size) return `changed its size from ${before.size} to ${after.size} bytes`
  if (before.mtimeNs !== after.mtimeNs) return 'was written to'
  if (before.ctimeNs !== after.ctimeNs)
    return 'was changed (its ctime is another; a write whose mtime was put back looks so)'
  return null
}

/** The kernel stamps times by its tick (1 to 10 ms): a second write within one leaves no trace. */
const GRAIN_NS = 20_000_000n
const SETTLED_DEADLINE_MS = 2000

/**
 * The identity of a file once it is old enough that any later write must change it.
 * @returns null when it did not become so within 2 s: somebody keeps changing it, or a clock was set back
 */
export function settledIdentity(path: string): Promise<FileIdentity | null> {
  return waitFor(
    async () => {
      const identity = await fileIdentity(path)
      const age = BigInt(Date.now()) * 1_000_000n - BigInt(identity.ctimeNs)
      return age >= GRAIN_NS ? identity : null
    },
    { deadlineMs: SETTLED_DEADLINE_MS, everyMs: 5 },
  )
}

/** @throws ProblemError source_missing (not there) | source_read (there, but not readable) */
export async function readableIdentity(path: string, what: string): Promise<FileIdentity> {
  const safe = 'Nothing was changed; earlier backups are untouched.'
  try {
    await access(path, constants.R_OK)
    return await fileIdentity(path)
  } catch (cause) {
    const problem = isNotFound(cause)
      ? {
          code: 'source_missing' as const,
          happened: `The file of ${what} is not there: ${path}`,
          safe,
          remedy: "Put the file back, or correct its path in the appliance's settings.",
        }
      : {
          code: 'source_read' as const,
          happened: `The file of ${what} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
          safe,
          remedy: 'Let the user the appliance runs as read it, then start the backup again.',
        }
    throw new ProblemError(problem, { cause })
  }
}
