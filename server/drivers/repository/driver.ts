import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { backupIdSchema, slugSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { writeAtomic } from '#lib/fs/atomic.ts'
import { MANIFEST_FILE, type Manifest, manifestSchema } from './manifest.ts'
import { PARTIAL } from './paths.ts'
import { onRepository } from './problem.ts'

export { checkPath, type KnownRepository } from './check.ts'
export { imageFacts, manifestSha256 } from './facts.ts'
export {
  initRepository,
  inspectRepository,
  type RepositoryInspection,
  readIdentity,
  requireIdentity,
  requireRepository,
} from './identity.ts'
export { type Manifest, manifestSchema, type RepositoryIdentity } from './manifest.ts'
export { recomputeRoot } from './map-root.ts'
export { beginPartial, commitPartial, isOwnFile, removePartial } from './partial.ts'
export { type BackupPaths, backupPaths, parsePartial } from './paths.ts'
export { repositoryError } from './problem.ts'
export { beginScratch, removeScratch, scratchPaths } from './scratch.ts'
export { type RepositoryView, repositoryView, type SeeOptions, seePoint } from './see.ts'

/** Writes `manifest.json` into a backup's directory: whole and synced, or not at all. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`
  await onRepository(directory, () => writeAtomic(path.join(directory, MANIFEST_FILE), text, 0o644))
}

/**
 * Reads `manifest.json`.
 * @throws ProblemError `not_found` when there is none, `proof_failed` when it cannot be understood
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = path.join(directory, MANIFEST_FILE)
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new ProblemError(
      {
        code: gone ? 'not_found' : 'proof_failed',
        happened: gone ? `There is no manifest ${file}.` : `The manifest ${file} cannot be understood.`,
        safe: 'The images beside it were not touched.',
      },
      { cause: error },
    )
  }
}

export interface BackupDirectory {
  vmSlug: string
  backupId: string
  directory: string
  /** Not committed: being written, or left by a crash. */
  partial: boolean
}

/** What lies in the repository by name, finished and not; entries that are not ours are passed over. */
export async function listBackupDirectories(repositoryPath: string): Promise<BackupDirectory[]> {
  return onRepository(repositoryPath, async () => {
    const found: BackupDirectory[] = []
    for (const vm of await readdir(repositoryPath, { withFileTypes: true })) {
      if (!vm.isDirectory() || !slugSchema.safeParse(vm.name).success) continue
      const parent = path.join(repositoryPath, vm.name)
      for (const entry of await readdir(parent, { withFileTypes: true })) {
        const partial = entry.name.endsWith(PARTIAL)
        const backupId = partial ? entry.name.slice(0, -PARTIAL.length) : entry.name
        if (!entry.isDirectory() || !backupIdSchema.safeParse(backupId).success) continue
        found.push({ vmSlug: vm.name, backupId, directory: path.join(parent, entry.name), partial })
      }
    }
    return found
  })
}
