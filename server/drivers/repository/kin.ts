import { readdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { backupIdSchema } from '#contracts/ids.ts'
import { readIdentity } from './identity.ts'

/** True when `inner` lies below `outer`. Pure. */
export function liesIn(inner: string, outer: string): boolean {
  const way = path.relative(outer, inner)
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}

/**
 * Repositories that a real path lies in, or that lie in it: by the identity files above it, and by what the hub knows.
 * @returns words for each, null for none
 */
export async function kinOf(
  here: string,
  known: readonly { name: string; path: string }[],
): Promise<{ around: string | null; within: string | null }> {
  const listed = await Promise.all(
    known.map(async ({ name, path: at }) => ({ words: `“${name}” (${at})`, real: await realpath(at).catch(() => at) })),
  )
  const within = listed.find(({ real }) => liesIn(real, here))?.words ?? null
  const around = listed.find(({ real }) => liesIn(here, real))?.words ?? (await identityAbove(here))
  return { around, within }
}

async function identityAbove(here: string): Promise<string | null> {
  for (let at = path.dirname(here); ; at = path.dirname(at)) {
    const identity = await readIdentity(at).catch(() => null)
    if (identity) return `“${identity.name}” (${at})`
    if (at === path.dirname(at)) return null
  }
}

/** True when some directory two levels down is named like a backup, finished or not. */
export async function holdsBackups(repositoryPath: string): Promise<boolean> {
  for (const machine of await readdir(repositoryPath, { withFileTypes: true })) {
    if (!machine.isDirectory()) continue
    const names = await readdir(path.join(repositoryPath, machine.name)).catch(() => [])
    if (names.some((name) => backupIdSchema.safeParse(name.replace(/\.partial$/, '')).success)) return true
  }
  return false
}
