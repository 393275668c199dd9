import { statfs } from 'node:fs/promises'
import { type ProblemCode, ProblemError } from '#contracts/problem.ts'
import { formatBytes } from '#lib/format/bytes.ts'

type Words = { code: ProblemCode; happened: (path: string) => string; remedy: string }

const full: Words = {
  code: 'repository_full',
  happened: (path) => `The repository ${path} is full`,
  remedy: 'Free space there or use another repository, then start again.',
}
const readOnly: Words = {
  code: 'repository_read_only',
  happened: (path) => `The repository ${path} cannot be written: its file system is read-only`,
  remedy: 'Mount it read-write (a disk with errors is often remounted read-only: look into the kernel log).',
}
const denied: Words = {
  code: 'repository_read_only',
  happened: (path) => `The repository ${path} cannot be written: the hub's user has no permission`,
  remedy: 'Give the user the hub runs as write permission on the directory.',
}
const missing: Words = {
  code: 'repository_missing',
  happened: (path) => `The repository ${path} is not there`,
  remedy: 'Mount the disk it lies on, or correct its path.',
}
const broken: Words = {
  code: 'repository_missing',
  happened: (path) => `The disk or share under the repository ${path} does not answer properly`,
  remedy: 'Look at the disk or the network share (kernel log), then start again.',
}

const unusable: Words = {
  code: 'bad_input',
  happened: (path) => `The path ${path} cannot be a directory`,
  remedy: 'A part of it is too long, or its links go round: choose another path.',
}

const table: Record<string, Words> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: readOnly,
  EACCES: denied,
  EPERM: denied,
  ENOENT: missing,
  ENOTDIR: missing,
  ENAMETOOLONG: unusable,
  ELOOP: unusable,
  EIO: broken,
  ESTALE: broken,
  ENOTCONN: broken,
  EHOSTDOWN: broken,
}

const both = (bytes: number) => `${formatBytes(bytes)} (${bytes} bytes)`

/** Free bytes for an ordinary user (`f_bavail`), and the whole size; null when it cannot be asked. */
export async function spaceOf(path: string): Promise<{ totalBytes: number; freeBytes: number } | null> {
  try {
    const { blocks, bavail, bsize } = await statfs(path)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch {
    return null
  }
}

/** What the operating system refused, as a problem that names the repository and its free bytes; other errors as they are. */
export async function repositoryError(error: unknown, repositoryPath: string): Promise<unknown> {
  if (error instanceof ProblemError) return error
  const words = table[(error as NodeJS.ErrnoException | null)?.code ?? '']
  if (!words) return error
  const space = await spaceOf(repositoryPath)
  const free = space && words === full ? `: ${both(space.freeBytes)} free of ${both(space.totalBytes)}` : ''
  return new ProblemError(
    {
      code: words.code,
      happened: `${words.happened(repositoryPath)}${free}. (${(error as Error).message})`.slice(0, 2000),
      safe: 'Backups that are complete were not touched.',
      remedy: words.remedy,
    },
    { cause: error },
  )
}

/** Runs file operations on a repository with its errors in people's words. */
export async function onRepository<T>(repositoryPath: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw await repositoryError(error, repositoryPath)
  }
}
