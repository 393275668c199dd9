import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { FileFact, PartialFact } from '../../domain/housekeeping/facts.ts'
import { isOwnFile, listBackupDirectories, readIdentity } from '../../drivers/repository/driver.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
/** As writeAtomic, the trial of a repository and the making of sshd's host key call theirs. */
const TEMPORARY = new RegExp(`^(\\..+\\.${UUID}\\.tmp|\\.sendense-write-test-${UUID}|host_ed25519\\.${UUID}(\\.pub)?)$`)
const EXPORT_FILE = /^(.+-disk-\d+)-(\d+)\.(?:pid|log)$/
/** Images of others are shown, not counted: a directory full of them must not fill the page. */
const MAX_STRANGERS = 200

async function factOf(file: string): Promise<FileFact | null> {
  const found = await lstat(file).catch(() => null)
  return found && { path: file, sizeBytes: found.blocks * 512, modifiedAt: found.mtime }
}

async function filesIn(directory: string, matches: (name: string) => boolean): Promise<FileFact[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && matches(entry.name))
  const facts = await Promise.all(files.map(({ name }) => factOf(path.join(directory, name))))
  return facts.filter((fact) => fact !== null)
}

/** Temporary files in these directories, not below them. */
export async function lookForTemporaries(directories: readonly string[]): Promise<FileFact[]> {
  return (await Promise.all(directories.map((directory) => filesIn(directory, (name) => TEMPORARY.test(name))))).flat()
}

/** Pid files and logs of exports. */
export async function lookAtExportFiles(directory: string) {
  const files = await filesIn(directory, (name) => EXPORT_FILE.test(name))
  return files.map((file) => {
    const [, exportName = '', port] = EXPORT_FILE.exec(path.basename(file.path)) ?? []
    return { ...file, exportName, port: Number(port) }
  })
}

export interface RepositoryLook {
  partials: Omit<PartialFact, 'jobId'>[]
  /** Finished backups by name. */
  finished: { directory: string; backupId: string }[]
  strangers: string[]
}

/** What lies unfinished in a repository, and images that are nobody's; null when the repository is not ours as it is now. */
export async function lookAtRepository(repository: { id: string; path: string }): Promise<RepositoryLook | null> {
  if ((await readIdentity(repository.path))?.id !== repository.id) return null
  const isImage = (name: string) => name.endsWith('.qcow2')
  const found = await listBackupDirectories(repository.path)
  const machines = [...new Set(found.map(({ directory }) => path.dirname(directory)))]
  const unfinished = found.filter(({ partial }) => partial)
  const partials = unfinished.map(async ({ directory, backupId }) => {
    const fact = await factOf(directory)
    const files = await filesIn(directory, () => true)
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
    return fact && { ...fact, sizeBytes, backupId, repositoryPath: repository.path }
  })
  const beside = await Promise.all([repository.path, ...machines].map((directory) => filesIn(directory, isImage)))
  const within = await Promise.all(
    unfinished.map(({ directory }) => filesIn(directory, (name) => isImage(name) && !isOwnFile(name))),
  )
  return {
    partials: (await Promise.all(partials)).filter((partial) => partial !== null),
    finished: found.flatMap(({ partial, directory, backupId }) => (partial ? [] : [{ directory, backupId }])),
    strangers: [...beside, ...within].flatMap((files) => files.map((file) => file.path)).slice(0, MAX_STRANGERS),
  }
}
