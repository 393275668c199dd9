import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import { isNotFound } from './files.ts'

/** Names one state of a file's content as far as the kernel tells it. Nanoseconds as text: they exceed a number. */
export const identitySchema = z.object({ dev: z.string(), inode: z.string(), size: z.string(), mtimeNs: z.string() })
export type FileIdentity = z.infer<typeof identitySchema>

export async function fileIdentity(path: string): Promise<FileIdentity> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
  return { dev: `${dev}`, inode: `${ino}`, size: `${size}`, mtimeNs: `${mtimeNs}` }
}

/** What differs, in words; null when nothing does. */
export function identityChange(before: FileIdentity, after: FileIdentity): string | null {
  if (before.dev !== after.dev || before.inode !== after.inode) return 'was replaced by another file'
  if (before.size !== after.size) return `changed its size from ${before.size} to ${after.size} bytes`
  if (before.mtimeNs !== after.mtimeNs) return 'was written to'
  return null
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
