import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { StandingCounts } from '#contracts/catalogue.ts'
import { type Problem, ProblemError } from '#contracts/problem.ts'
import type { RepositoryView } from '#contracts/views.ts'
import { isUniqueViolation, json, type Prisma, type PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import { countStandings, currentLimits, noCounts } from '../../db/standing.ts'
import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'

/** The engine answers within 45 s, also when the look goes on. */
const LOOK_MS = 60_000

const include = { _count: { select: { backups: true, jobs: true } } } satisfies Prisma.RepositoryInclude

type Row = Prisma.RepositoryGetPayload<{ include: typeof include }>

function toView(row: Row, vmCount: number, points: StandingCounts): RepositoryView {
  return {
    id: row.id,
    name: row.name,
    path: row.path,
    totalBytes: row.totalBytes === null ? null : Number(row.totalBytes),
    freeBytes: row.freeBytes === null ? null : Number(row.freeBytes),
    backupCount: row._count.backups,
    vmCount,
    jobCount: row._count.jobs,
    problem: json<Problem>(row.problem),
    checkedAt: row.checkedAt?.toISOString() ?? null,
    points,
    lookedAt: row.lookedAt?.toISOString() ?? null,
  }
}

/** Where backups are kept. The engine owns the files; this owns the rows. */
export function createRepositories(prisma: PrismaClient, ask: Ask): HubServices['repositories'] {
  const get = async (id: string) =>
    found(await prisma.repository.findUnique({ where: { id }, include }), 'repository', id)

  /** Machines with a restore point, by repository. */
  async function machines(): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const { repositoryId } of await prisma.backup.groupBy({ by: ['repositoryId', 'vmId'] }))
      counts.set(repositoryId, (counts.get(repositoryId) ?? 0) + 1)
    return counts
  }

  return {
    async list() {
      const [rows, vms, points] = await Promise.all([
        prisma.repository.findMany({ orderBy: { name: 'asc' }, include }),
        machines(),
        countStandings(prisma, await currentLimits(prisma)),
      ])
      return rows.map((row) => toView(row, vms.get(row.id) ?? 0, points.get(row.id) ?? noCounts))
    },

    check: ({ path: directory }) => ask('repositories.check', { path: directory }),

    async create(input) {
      const directory = path.resolve('/', input.path)
      const known = await prisma.repository.findFirst({ where: { OR: [{ name: input.name }, { path: directory }] } })
      if (known)
        throw new ProblemError({
          code: 'conflict',
          field: known.path === directory ? 'path' : 'name',
          happened:
            known.path === directory
              ? `${directory} is the repository ${known.name} already.`
              : `A repository is named ${input.name} already.`,
          safe: 'Nothing was changed.',
        })
      const wanted = { repositoryId: randomUUID(), name: input.name, path: directory }
      const { repositoryId: id } = await ask('repositories.create', wanted)
      try {
        await prisma.repository.create({ data: { id, name: input.name, path: directory } })
      } catch (error) {
        if (isUniqueViolation(error))
          throw new ProblemError({
            code: 'conflict',
            happened: 'Somebody else added this repository at the same moment.',
            remedy: 'Reload the page.',
          })
        throw error
      }
      await ask('repositories.probe', { repositoryId: id })
      return toView(await get(id), 0, noCounts)
    },

    async probe(id) {
      await get(id)
      return ask('repositories.probe', { repositoryId: id })
    },

    async look(id) {
      await get(id)
      return ask('repositories.look', { repositoryId: id }, LOOK_MS)
    },

    async remove(id) {
      const { _count, name } = await get(id)
      if (_count.jobs > 0)
        throw new ProblemError({
          code: 'conflict',
          happened: `${name} has ${_count.backups} restore points and ${_count.jobs} jobs on record.`,
          safe: 'Nothing was changed.',
          remedy: 'Only a repository that was never used can be forgotten.',
        })
      await prisma.$transaction(async (tx) => {
        await tx.repository.delete({ where: { id } })
        await appendEvent(tx, { kind: 'repository.changed', repositoryId: id })
      })
    },
  }
}
