import { lstat, open } from 'node:fs/promises'
import path from 'node:path'
import type { ExpectedDisk, ExpectedPoint, Seen, SeenDisk, SeenManifest, SeenPoint } from '#contracts/look.ts'
import { type Problem, ProblemError, toProblem } from '#contracts/problem.ts'
import { imageFacts, MANIFEST_BYTES, readSmall, sha256 } from './facts.ts'
import { requireIdentity } from './identity.ts'
import { MANIFEST_FILE, manifestSchema } from './manifest.ts'
import { repositoryError } from './problem.ts'

/** A repository that is held open: what is below `path` stays the same disk, whatever is mounted over its path meanwhile. */
export interface RepositoryView extends AsyncDisposable {
  path: string
}

/**
 * Opens a repository for a look, by its identity file. While it is open its disk cannot be unmounted, and what is looked at
 * through it is that disk and no other.
 * @throws ProblemError repository_missing | repository_identity | repository_read_only (no permission)
 */
export async function repositoryView(repositoryPath: string, id: string): Promise<RepositoryView> {
  const handle = await open(repositoryPath, 'r').catch(async (error: unknown) => {
    throw await repositoryError(error, repositoryPath)
  })
  const view = `/proc/self/fd/${handle.fd}`
  try {
    await requireIdentity(view, id)
    return { path: view, [Symbol.asyncDispose]: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw new ProblemError(inWords(toProblem(error), view, repositoryPath))
  }
}

/** People know the repository by its own path. */
function inWords(problem: Problem, view: string, repositoryPath: string): Problem {
  const named = (text: string) => text.replaceAll(view, repositoryPath)
  const { happened, remedy } = problem
  return { ...problem, happened: named(happened), ...(remedy === undefined ? {} : { remedy: named(remedy) }) }
}

async function see<T>(ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { found: await ask() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { gone: true }
    return { refused: (code ?? message ?? String(error)).slice(0, 300) }
  }
}

async function readManifest(directory: string): Promise<Seen<SeenManifest>> {
  const text = await see(() => readSmall(path.join(directory, MANIFEST_FILE), MANIFEST_BYTES))
  if ('gone' in text) return text
  // The file is there and answers, but is none of ours (a directory, gigabytes): that is what it says, not a refusal.
  if ('refused' in text) {
    const errno = /^E[A-Z0-9]+$/.test(text.refused)
    return errno && text.refused !== 'EISDIR' ? text : { found: { sha256: '', says: null } }
  }
  return { found: { sha256: sha256(text.found), says: understand(text.found) } }
}

function understand(text: Buffer): SeenManifest['says'] {
  let data: unknown
  try {
    data = JSON.parse(text.toString('utf8'))
  } catch {
    return null
  }
  const { success, data: manifest } = manifestSchema.safeParse(data)
  if (!success) return null
  const { backupId, jobId, repositoryId, disks } = manifest
  const says = disks.map(({ key, sizeBytes, image, digest }) => ({ key, sizeBytes, image, root: digest?.root ?? null }))
  return { backupId, jobId, repositoryId, disks: says }
}

export interface SeeOptions {
  /** Computes the root of a digest map; absent: that is not asked. */
  root?: (file: string) => Promise<string>
}

/** A map that contradicts itself is an answer: `proof_failed`, which begins with a mark that no root has. */
function contradiction(error: unknown): string {
  if (error instanceof ProblemError && error.problem.code === 'proof_failed') return `!${error.problem.happened}`
  throw error
}

const mapOf = (imagePath: string) => imagePath.replace(/(\.qcow2)?$/, '.map')

async function seeDisk(root: string, disk: ExpectedDisk, options: SeeOptions): Promise<SeenDisk> {
  const map = path.join(root, mapOf(disk.imagePath))
  const compute = disk.map === null ? undefined : options.root
  return {
    key: disk.key,
    image: await see(() => imageFacts(path.join(root, disk.imagePath))),
    map: disk.map === null ? null : await see(async () => (await imageFacts(map))?.bytes ?? null),
    root: compute === undefined ? null : await see(() => compute(map).catch(contradiction)),
  }
}

/**
 * What lies where the catalogue has a restore point. Judges nothing, changes nothing, never throws for what it finds.
 * @param root  the repository's path, or a {@link RepositoryView}'s
 */
export async function seePoint(root: string, point: ExpectedPoint, options: SeeOptions = {}): Promise<SeenPoint> {
  const directory = path.join(root, point.directory)
  const there = await see(async () => {
    if ((await lstat(directory)).isDirectory()) return true as const
    throw Object.assign(new Error('is no directory'), { code: 'ENOTDIR' })
  })
  if (!('found' in there)) return { directory: there, manifest: null, disks: [] }
  const disks: SeenDisk[] = []
  for (const disk of point.disks) disks.push(await seeDisk(root, disk, options))
  return { directory: there, manifest: await readManifest(directory), disks }
}
