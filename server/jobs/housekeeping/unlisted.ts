import path from 'node:path'
import { isTerminal } from '#contracts/job.ts'
import type { PrismaClient } from '../../db/client.ts'
import { directoriesOnRecord, jobsNamed } from '../../db/housekeeping.ts'
import type { RepositoryLook } from './look-files.ts'

/** Names that are looked up at once. */
const ASKED = 1000

/**
 * Finished backups that no record has, at exactly their place in the repository. The directories were read before: one whose
 * record is written meanwhile has it, or has a job that is not over.
 * @returns their paths
 */
export async function unlistedIn(
  prisma: PrismaClient,
  { finished, repository }: { finished: RepositoryLook['finished']; repository: { id: string; path: string } },
): Promise<string[]> {
  const placed = finished.map((one) => ({ ...one, place: path.relative(repository.path, one.directory) }))
  const withoutRecord = async (list: typeof placed) => {
    const places = list.map(({ place }) => place)
    const known = await directoriesOnRecord(prisma, repository.id, places)
    return list.filter(({ place }) => !known.has(place))
  }
  const strays = await withoutRecord(placed)
  if (strays.length === 0) return []
  const backupIds = strays.slice(0, ASKED).map(({ backupId }) => backupId)
  const jobs = await jobsNamed(prisma, { ids: [], backupIds })
  const busy = new Set(jobs.flatMap(({ backupId, state }) => (isTerminal(state) ? [] : [backupId])))
  // A job that ended between the two questions has written its record by now.
  const left = await withoutRecord(strays.filter(({ backupId }) => !busy.has(backupId)))
  return left.map(({ directory }) => directory)
}
