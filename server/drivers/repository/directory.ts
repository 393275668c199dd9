import { lstat, mkdir, rmdir, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { fileSystemKind } from './file-system.ts'

export interface PathWalk {
  /** The deepest part of the path that is there. */
  existing: string
  /** What is missing below it, from the top down. */
  missing: string[]
}

/** How far the path is there. @throws what the operating system says other than "not there" (ENOTDIR, EACCES, ELOOP, …) */
export async function walkPath(directory: string): Promise<PathWalk> {
  const missing: string[] = []
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    try {
      if ((await stat(at)).isDirectory()) return { existing: at, missing }
      throw Object.assign(new Error(`${at} is not a directory`), { code: 'ENOTDIR' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === path.dirname(at)) throw error
      const dangling = await lstat(at).catch(() => null)
      if (dangling) throw Object.assign(new Error(`${at} is a link that leads nowhere`), { code: 'ENOTDIR' })
      missing.unshift(at)
    }
  }
}

/** What kind of file system holds an existing directory; devices (`/dev`) count as a window of the kernel's. */
export async function kindOf(existing: string) {
  const kind = fileSystemKind((await statfs(existing)).type)
  const device = async (at: string) => (await stat(at).catch(() => null))?.dev
  const [own, root, dev] = await Promise.all([device(existing), device('/'), device('/dev')])
  return { ...kind, pseudo: kind.pseudo || (own === dev && own !== root), ownDisk: own !== root }
}

/** @throws ProblemError `bad_input` when the path leads into proc, sysfs, cgroup and their like */
export async function refusePseudo(existing: string, wanted: string): Promise<void> {
  const { name, pseudo } = await kindOf(existing)
  if (!pseudo) return
  throw new ProblemError({
    code: 'bad_input',
    field: 'path',
    happened: `${wanted} lies on ${name}, a window into the kernel and not a disk: nothing can be kept there.`,
    safe: 'Nothing was made.',
    remedy: 'Choose a directory on a disk, like /srv/backups.',
  })
}

/**
 * Makes what is missing of a path, one level at a time: `recursive` of Node's mkdir goes round for ever where a file system
 * says "not there" to a name that it will not make, as proc does.
 * @returns undo: removes what was made, as far as it is still empty
 */
export async function makeDirectories(directory: string, mode: number): Promise<() => Promise<void>> {
  const { existing, missing } = await walkPath(directory)
  await refusePseudo(existing, directory)
  const made: string[] = []
  const undo = async () => {
    for (const at of made.toReversed()) await rmdir(at).catch(() => undefined)
  }
  try {
    for (const at of missing) {
      const mine = await mkdir(at, { mode }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false
          throw error
        },
      )
      if (mine) made.push(at)
    }
    return undo
  } catch (error) {
    await undo()
    throw error
  }
}
