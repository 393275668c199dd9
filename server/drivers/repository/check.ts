import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { type Problem, toProblem } from '#contracts/problem.ts'
import { type RepositoryCheck, repositoryChecks } from '#contracts/views.ts'
import { kindOf, type PathWalk, walkPath } from './directory.ts'
import { readIdentity } from './identity.ts'
import { holdsBackups, kinOf } from './kin.ts'
import type { RepositoryIdentity } from './manifest.ts'
import { repositoryError, spaceOf } from './problem.ts'
import { tryWrite } from './trial.ts'

export interface KnownRepository {
  id: string
  name: string
  path: string
}

type Id = (typeof repositoryChecks)[number]
type Check = RepositoryCheck['checks'][number]

/** Below this there is hardly room for one backup. */
const LITTLE = 10 * 2 ** 30

/** The answers so far; what was not asked says so at the end. */
class Answers {
  readonly #checks = new Map<Id, Check>()
  space: { freeBytes: number; totalBytes: number } | null = null

  say(id: Id, outcome: Check['outcome'], detail: string, remedy: string | null = null): void {
    this.#checks.set(id, { id, outcome, detail, remedy })
  }

  fail(id: Id, { happened, remedy }: Problem): void {
    this.say(id, 'failed', happened, remedy ?? null)
  }

  end(asked: string): RepositoryCheck {
    const untried = (id: Id): Check => ({ id, outcome: 'not-tried', detail: 'Needs what failed above.', remedy: null })
    const checks = repositoryChecks.map((id) => this.#checks.get(id) ?? untried(id))
    const usable = checks.every(({ outcome }) => outcome !== 'failed' && outcome !== 'not-tried')
    const { freeBytes = null, totalBytes = null } = this.space ?? {}
    return { path: asked, usable, checks, freeBytes, totalBytes }
  }
}

/**
 * Everything that must be so before a path becomes a repository. Makes nothing that stays; a small file is written and
 * removed in the deepest directory that is there. Never throws for what it finds.
 * @returns the answers, and the identity that may be taken up again (an empty repository that this hub has forgotten)
 */
export async function checkPath(
  given: string,
  known: readonly KnownRepository[],
): Promise<{ check: RepositoryCheck; adoptable: RepositoryIdentity | null }> {
  const answers = new Answers()
  if (!path.isAbsolute(given)) {
    answers.say(
      'absolute',
      'failed',
      `“${given}” does not begin with a slash.`,
      'Write it from the root: /srv/backups.',
    )
    return { check: answers.end(given), adoptable: null }
  }
  const asked = path.resolve(given)
  answers.say('absolute', 'passed', asked)
  const walk = await walkPath(asked).catch(async (error: unknown) => {
    const about =
      (error as NodeJS.ErrnoException).code === 'ENOTDIR' && (error as Error).message.startsWith(`${asked} `)
    answers.fail(about ? 'directory' : 'parent', toProblem(await repositoryError(error, asked)))
    if (about) answers.say('parent', 'passed', `${path.dirname(asked)} is there.`)
    return null
  })
  const adoptable = walk && (await ask(answers, asked, walk, known))
  return { check: answers.end(asked), adoptable }
}

async function ask(answers: Answers, asked: string, walk: PathWalk, known: readonly KnownRepository[]) {
  const { existing, missing } = walk
  const kind = await kindOf(existing)
  const made = missing.slice(0, -1)
  if (kind.pseudo) {
    const words = `${existing} lies on ${kind.name}, a window into the kernel: nothing can be kept there.`
    answers.say('file-system', 'failed', words, 'Choose a directory on a disk, like /srv/backups.')
  } else if (kind.volatile) {
    const words = `${existing} is ${kind.name}: kept in memory, gone after a restart.`
    answers.say('file-system', 'warning', words, 'Fine for a trial; for backups choose a disk.')
  } else answers.say('file-system', 'passed', `${existing} lies on ${kind.name}.`)

  if (made.length === 0) answers.say('parent', 'passed', `${path.dirname(asked)} is there.`)
  else
    answers.say('parent', 'will-make', `${made.join(' and ')} will be made.`, 'See that it is spelled as you mean it.')
  if (missing.length === 0) answers.say('directory', 'passed', 'It is there; files in it stay as they are.')
  else answers.say('directory', 'will-make', `${asked} will be made, open to the hub’s user and group only.`)
  if (kind.pseudo) return null

  if (kind.ownDisk) answers.say('own-disk', 'passed', 'Not on the root file system.')
  else {
    const words = 'It lies on the root file system: full backups can fill the disk that the hub itself needs.'
    answers.say('own-disk', 'warning', words, 'If a disk should be mounted here, mount it first.')
  }
  await askDisk(answers, asked, existing)
  return askNeighbours(answers, asked, walk, known)
}

async function askDisk(answers: Answers, asked: string, existing: string): Promise<void> {
  const space = await spaceOf(existing)
  answers.space = space
  if (!space) answers.say('space', 'warning', 'The file system does not say how much is free.')
  else if (space.freeBytes < LITTLE)
    answers.say('space', 'warning', 'There is little room.', 'A full backup needs about as much as the machine holds.')
  else answers.say('space', 'passed', 'There is room.')
  try {
    const { direct, sparse } = await tryWrite(existing)
    answers.say('writable', 'passed', `A file was written in ${existing}, synced and removed.`)
    if (direct && sparse) answers.say('direct', 'passed', 'Direct writes and sparse files work.')
    else {
      const without = [direct ? null : 'direct writes (O_DIRECT)', sparse ? null : 'sparse files'].filter(Boolean)
      answers.say('direct', 'note', `No ${without.join(' and no ')} here: backups work, but slower or larger.`)
    }
  } catch (error) {
    answers.fail('writable', toProblem(await repositoryError(error, asked)))
    answers.say('direct', 'note', 'Could not be tried, for nothing can be written.')
  }
}

/** Is it one already, in one, or around one? */
async function askNeighbours(answers: Answers, asked: string, walk: PathWalk, known: readonly KnownRepository[]) {
  const real = await realpath(walk.existing)
  const here = path.join(real, path.relative(walk.existing, walk.missing.at(-1) ?? walk.existing))
  const { around, within } = await kinOf(here, known)
  const namesake = known.find((one) => one.path === here || one.path === asked)
  if (around)
    answers.say('nesting', 'failed', `It lies inside the repository ${around}.`, 'Choose a directory beside it.')
  else if (within)
    answers.say('nesting', 'failed', `The repository ${within} lies inside it.`, 'Choose a directory beside it.')
  else answers.say('nesting', 'passed', 'No other repository is around it or inside it.')

  if (namesake) {
    const words = `This hub has it as “${namesake.name}” already.`
    answers.say('unused', 'failed', words, 'See the list: “Check again” there says how it is.')
    return null
  }
  if (walk.missing.length > 0) {
    answers.say('unused', 'passed', 'There is nothing yet.')
    return null
  }
  const identity = await readIdentity(here).catch((error: unknown) => toProblem(error))
  if (identity === null) answers.say('unused', 'passed', 'It carries no identity file.')
  else if ('happened' in identity) answers.fail('unused', identity)
  else return askIdentity(answers, here, identity, known)
  return null
}

async function askIdentity(
  answers: Answers,
  here: string,
  identity: RepositoryIdentity,
  known: readonly KnownRepository[],
): Promise<RepositoryIdentity | null> {
  const words = `It is the repository “${identity.name}” (${identity.id})`
  const own = known.find(({ id }) => id === identity.id)
  if (own)
    answers.say('unused', 'failed', `${words}, which this hub has as ${own.path}.`, 'Use it as it is: see the list.')
  else if (await holdsBackups(here))
    answers.say(
      'unused',
      'failed',
      `${words} with backups that this hub does not know: of another hub, or of this one before.`,
      'Choose an empty directory; the backups there stay readable by qemu-img.',
    )
  else {
    answers.say('unused', 'note', `${words}, without backups and in no list of this hub: it is taken up again.`)
    return identity
  }
  return null
}
