import { run } from '#lib/process/run.ts'

/**
 * Names a build: the commit, and when the tree has changes (or is no git checkout) what the sources hash to.
 * @param commit  the short commit; null without git
 * @param clean   true when the commit is what lies there
 * @param hash    of the sources, hex
 */
export function nameBuild(commit: string | null, clean: boolean, hash: string): string {
  const short = hash.slice(0, 8)
  if (commit === null) return `src-${short}`
  return clean ? commit : `${commit}-dirty-${short}`
}

/** The build id of the checkout as it lies there. */
export async function readBuildId(root: string, hash: string): Promise<string> {
  const head = await run('git', ['-C', root, 'rev-parse', '--short=12', 'HEAD'])
  if (!head.ok) return nameBuild(null, false, hash)
  const status = await run('git', ['-C', root, 'status', '--porcelain'])
  return nameBuild(head.stdout.trim(), status.ok && status.stdout === '', hash)
}
