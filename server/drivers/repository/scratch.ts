import { mkdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { readIdentity } from './identity.ts'
import { assertInside } from './paths.ts'
import { onRepository } from './problem.ts'

/** Begins with a dot and ends in no slug: nothing takes it for a machine's directory. */
const PREFIX = '.sendense-check-'
const own = ['canary.qcow2', 'canary.raw']

/** Where the canary of a check lies. Pure. */
export function scratchPaths(repositoryPath: string, checkId: string) {
  const directory = path.join(repositoryPath, `${PREFIX}${idSchema.parse(checkId)}`)
  return { directory, image: path.join(directory, 'canary.qcow2'), expected: path.join(directory, 'canary.raw') }
}

/** Makes the directory (0700). The repository itself is never made. @throws ProblemError `repository_*` */
export async function beginScratch(repositoryPath: string, checkId: string): Promise<void> {
  const { directory } = scratchPaths(repositoryPath, checkId)
  await onRepository(repositoryPath, () => mkdir(directory, { mode: 0o700 }))
}

/**
 * Removes the directory with what a check puts there; one that is gone is fine, while its repository is there.
 * @throws ProblemError `repository_missing` when the repository is not there: nobody can say what lies in it
 */
export async function removeScratch(repositoryPath: string, directory: string): Promise<void> {
  const id = path.basename(directory).slice(PREFIX.length)
  if (!idSchema.safeParse(id).success || directory !== scratchPaths(repositoryPath, id).directory)
    throw new ProblemError({ code: 'internal', happened: `${directory} is no directory of a check.` })
  await onRepository(repositoryPath, async () => {
    if ((await readIdentity(repositoryPath)) === null)
      throw new ProblemError({
        code: 'repository_missing',
        happened: `The repository at ${repositoryPath} is not there now, so ${directory} cannot be removed.`,
        safe: 'It stays on the ledger.',
        remedy: 'Mount or put the repository back: the next clean-up removes it.',
      })
    try {
      await assertInside(repositoryPath, directory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    for (const name of own) await rm(path.join(directory, name), { force: true })
    await rmdir(directory)
  })
}
