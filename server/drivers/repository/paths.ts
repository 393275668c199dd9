import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'
import { backupIdSchema, slugSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'

export const PARTIAL = '.partial'

export interface BackupPaths {
  /** `<repository>/<vm>` */
  vm: string
  /** `<repository>/<vm>/<backup id>.partial`: while it is written. */
  partial: string
  /** `<repository>/<vm>/<backup id>`: complete. */
  final: string
}

/** Pure: where a backup lies. @throws Error for a slug or id that is none (both are ours, never a person's words) */
export function backupPaths(repositoryPath: string, vmSlug: string, backupId: string): BackupPaths {
  const vm = path.join(repositoryPath, slugSchema.parse(vmSlug))
  const final = path.join(vm, backupIdSchema.parse(backupId))
  return { vm, partial: `${final}${PARTIAL}`, final }
}

/** The slug and id in `<repository>/<vm>/<backup id>.partial`; null for every other path. Pure. */
export function parsePartial(repositoryPath: string, directory: string): { vmSlug: string; backupId: string } | null {
  const [vmSlug = '', name = '', ...more] = path.relative(repositoryPath, directory).split(path.sep)
  if (more.length > 0 || !path.isAbsolute(directory) || !name.endsWith(PARTIAL)) return null
  const backupId = name.slice(0, -PARTIAL.length)
  if (!slugSchema.safeParse(vmSlug).success || !backupIdSchema.safeParse(backupId).success) return null
  return { vmSlug, backupId }
}

/**
 * The path is a real directory at exactly this place under the repository: no link on the way leads elsewhere.
 * @throws ProblemError `repository_identity`; ENOENT as it is
 */
export async function assertInside(repositoryPath: string, directory: string): Promise<void> {
  const root = await realpath(repositoryPath)
  const expected = path.join(root, path.relative(repositoryPath, directory))
  const inside = expected.startsWith(`${root}${path.sep}`)
  if (inside && (await lstat(expected)).isDirectory() && (await realpath(directory)) === expected) return
  throw new ProblemError({
    code: 'repository_identity',
    happened: `${directory} is not a directory of its own inside the repository ${repositoryPath}: it is a link or leads out.`,
    safe: 'Nothing was written or removed there.',
    remedy: 'Replace the link by a real directory. To keep backups elsewhere, make a repository there.',
  })
}
