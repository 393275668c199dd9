import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { processIdentity } from '#lib/process/procfs.ts'
import { defaultHome } from '#server/env.ts'

/** In each directory: which process made it. */
export const OWNER_FILE = '.owner'

/** A directory of the tests' own that other users can reach (sshd runs unprivileged) and that sshd trusts. */
export async function testDirectory(prefix: string): Promise<{ path: string } & AsyncDisposable> {
  const home = defaultHome('sendense-test')
  await mkdir(home, { recursive: true, mode: 0o755 })
  const directory = await mkdtemp(path.join(home, `${prefix}-`))
  await chmod(directory, 0o755)
  await writeFile(path.join(directory, OWNER_FILE), JSON.stringify(await processIdentity(process.pid)))
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

/** Every path below a directory; a directory that goes away meanwhile counts as empty. */
export async function walk(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    return entries.map((entry) => path.join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

/** The text of a file; empty when there is none. */
export const textOf = (file: string) => readFile(file, 'utf8').catch(() => '')
