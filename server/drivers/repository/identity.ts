import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Problem, ProblemError, toProblem } from '#contracts/problem.ts'
import { writeAtomic } from '#lib/fs/atomic.ts'
import { makeDirectories } from './directory.ts'
import { IDENTITY_FILE, identitySchema, type RepositoryIdentity } from './manifest.ts'
import { onRepository, repositoryError, spaceOf } from './problem.ts'
import { tryWrite } from './trial.ts'

export interface RepositoryInspection {
  exists: boolean
  directory: boolean
  /** A file was really made, written and removed. */
  writable: boolean
  /** Why not writable. */
  problem: Problem | null
  identity: RepositoryIdentity | null
  totalBytes: number | null
  /** For an ordinary user. */
  freeBytes: number | null
}

/** Looks, and tries to write. Never throws for what it finds; makes nothing that stays. */
export async function inspectRepository(repositoryPath: string): Promise<RepositoryInspection> {
  const problemOf = async (error: unknown) => toProblem(await repositoryError(error, repositoryPath))
  const nothing = { writable: false, identity: null, totalBytes: null, freeBytes: null }
  try {
    const directory = (await stat(repositoryPath)).isDirectory()
    const notADirectory = Object.assign(new Error(`${repositoryPath} is not a directory`), { code: 'ENOTDIR' })
    if (!directory) return { exists: true, directory, ...nothing, problem: await problemOf(notADirectory) }
  } catch (error) {
    return { exists: false, directory: false, ...nothing, problem: await problemOf(error) }
  }
  const space = await spaceOf(repositoryPath)
  let problem: Problem | null = null
  const writable = await tryWrite(repositoryPath).then(
    () => true,
    async (error: unknown) => {
      problem = await problemOf(error)
      return false
    },
  )
  const identity = await readIdentity(repositoryPath).catch(async (error: unknown) => {
    problem ??= await problemOf(error)
    return null
  })
  const sizes = { totalBytes: space?.totalBytes ?? null, freeBytes: space?.freeBytes ?? null }
  return { exists: true, directory: true, writable, problem, identity, ...sizes }
}

/**
 * The identity file; null when there is none.
 * @throws ProblemError `repository_identity` when it cannot be understood
 */
export async function readIdentity(repositoryPath: string): Promise<RepositoryIdentity | null> {
  const file = path.join(repositoryPath, IDENTITY_FILE)
  try {
    return identitySchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code !== undefined) throw await repositoryError(error, repositoryPath)
    throw new ProblemError(
      {
        code: 'repository_identity',
        happened: `The identity file ${file} is damaged or of a newer Sendense.`,
        safe: 'The repository was not touched.',
        remedy: 'Put the file back from a copy, or update the hub.',
      },
      { cause: error },
    )
  }
}

/**
 * Makes the directory a repository: a missing one is made, files that lie there stay. Doing it twice with one id is fine.
 * @throws ProblemError `repository_identity` when it is another repository already; `bad_input` when no disk is under it;
 * repository_read_only/_full/_missing
 */
export async function initRepository(
  repositoryPath: string,
  repository: { id: string; name: string },
): Promise<RepositoryIdentity> {
  if (!path.isAbsolute(repositoryPath))
    throw new ProblemError({
      code: 'bad_input',
      field: 'path',
      happened: `"${repositoryPath}" is not an absolute path.`,
    })
  return onRepository(repositoryPath, async () => {
    const undo = await makeDirectories(repositoryPath, 0o750)
    try {
      const present = await readIdentity(repositoryPath)
      if (present?.id === repository.id) return present
      if (present) throw foreign(repositoryPath, present)
      const identity: RepositoryIdentity = { format: 1, ...repository, createdAt: new Date().toISOString() }
      const file = path.join(repositoryPath, IDENTITY_FILE)
      await writeAtomic(file, `${JSON.stringify(identitySchema.parse(identity), null, 2)}\n`, 0o644)
      return identity
    } catch (error) {
      await undo()
      throw error
    }
  })
}

function foreign(repositoryPath: string, found: RepositoryIdentity): ProblemError {
  return new ProblemError({
    code: 'repository_identity',
    happened: `${repositoryPath} is the repository "${found.name}" (${found.id}), not the one expected there.`,
    safe: 'Nothing was written there.',
    remedy: 'Mount the right disk at this path, or use another path.',
  })
}

/** Still the repository we mean: nothing was unmounted or exchanged. @throws ProblemError repository_identity */
export async function requireIdentity(repositoryPath: string, id: string): Promise<void> {
  const identity = await readIdentity(repositoryPath)
  if (identity && identity.id !== id) throw foreign(repositoryPath, identity)
  if (!identity) throw unmarked(repositoryPath)
}

function unmarked(repositoryPath: string): ProblemError {
  return new ProblemError({
    code: 'repository_identity',
    happened: `${repositoryPath} has no identity file (${IDENTITY_FILE}): the repository's disk is probably not mounted.`,
    safe: 'Nothing was written there.',
    remedy: 'Mount the disk it lies on. If it is mounted, put the identity file back.',
  })
}

/**
 * The repository is the one we mean, and can be written. Asked before every backup: an unmounted disk must never fill
 * the root file system.
 * @returns free and total bytes
 * @throws ProblemError repository_missing | repository_identity | repository_read_only | repository_full
 */
export async function requireRepository(
  repositoryPath: string,
  id: string,
): Promise<{ totalBytes: number; freeBytes: number }> {
  const found = await inspectRepository(repositoryPath)
  if (found.identity && found.identity.id !== id) throw foreign(repositoryPath, found.identity)
  if (found.directory && !found.identity) throw unmarked(repositoryPath)
  if (found.problem) throw new ProblemError(found.problem)
  return { totalBytes: found.totalBytes ?? 0, freeBytes: found.freeBytes ?? 0 }
}
