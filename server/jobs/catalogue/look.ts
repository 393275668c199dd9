import { setImmediate as breathe } from 'node:timers/promises'
import { type Problem, toProblem } from '#contracts/problem.ts'
import {
  type CataloguedPoint,
  changePoints,
  mapsDue,
  noteLooked,
  noteMapsLooked,
  noteNotLooked,
  type PointChange,
  pointsAfter,
} from '../../db/catalogue.ts'
import type { PrismaClient } from '../../db/client.ts'
import { MAP_EVERY_MS } from '../../domain/catalogue/standing.ts'
import { changeBy } from '../../domain/catalogue/transition.ts'
import type { Looker } from './looker.ts'

/** Points that are asked at once: what the engine holds of them, and handles in one go. */
const PAGE = 100
/** Maps are large: fewer at once, so that an end of the budget is heeded. */
const MAP_PAGE = 4

export interface LookAtRepository {
  prisma: PrismaClient
  repository: { id: string; path: string }
  /** Opened by this function, disposed of by the caller. */
  looker: Looker
  signal: AbortSignal
  /** Milliseconds that the maps may take in this look; what is left waits for the next. Default 5 minutes. */
  mapBudgetMs?: number
  /** Told after each page. */
  onProgress?: (looked: number) => void
}

export interface Looked {
  looked: number
  notLooked: number
  changed: number
  mapsLooked: number
  problem: Problem | null
}

interface Tally {
  looked: string[]
  mapsLooked: string[]
  refused: { id: string; why: string }[]
  mapsRefused: { id: string; why: string }[]
  changes: PointChange[]
}

const idsOf = (changes: readonly PointChange[]) => changes.map(({ id }) => id)

async function ask(looker: Looker, points: readonly CataloguedPoint[], maps: boolean): Promise<Tally> {
  const byId = new Map(points.map((point) => [point.expected.id, point]))
  const tally: Tally = { looked: [], mapsLooked: [], refused: [], mapsRefused: [], changes: [] }
  const questions = points.map(({ expected }) => ({ point: expected, maps }))
  await looker.ask(questions, (id, verdict) => {
    const point = byId.get(id)
    if (!point) return
    if (verdict.mapLooked) tally.mapsLooked.push(id)
    if (verdict.state === null) tally.refused.push({ id, why: verdict.notLooked ?? 'no answer' })
    else tally.looked.push(id)
    if (verdict.state !== null && verdict.notLooked !== null) tally.mapsRefused.push({ id, why: verdict.notLooked })
    const to = changeBy(point.now, verdict)
    if (to) tally.changes.push({ id, vmId: point.vmId, from: point.now, to })
  })
  return tally
}

/**
 * Holds every restore point of a repository against its files, and, as far as the budget goes, the maps that are due. What
 * could not be asked changes nothing: its date gets old. Changes are made when all files were asked, so that an emptied
 * repository is one event.
 * @returns what was found; with a problem when the repository could not be looked at to the end
 * @throws the signal's reason
 */
export async function lookAtRepository(options: LookAtRepository): Promise<Looked> {
  const { prisma, repository, looker, signal, mapBudgetMs = 300_000, onProgress } = options
  const sum: Looked = { looked: 0, notLooked: 0, changed: 0, mapsLooked: 0, problem: null }
  const changes: PointChange[] = []
  const make = async (found: readonly PointChange[], at: Date) => {
    sum.changed += await changePoints(prisma, repository.id, found)
    await noteLooked(prisma, idsOf(found), at)
  }
  const began = new Date()
  try {
    await looker.open({ path: repository.path, repositoryId: repository.id })
    for (let after = ''; ; ) {
      signal.throwIfAborted()
      const points = await pointsAfter(prisma, repository.id, after, PAGE)
      const last = points.at(-1)
      if (!last) break
      after = last.expected.id
      const at = new Date()
      const tally = await ask(looker, points, false)
      // What was found otherwise gets its date with its new state: until then nothing new speaks for the old one.
      const otherwise = new Set(idsOf(tally.changes))
      await noteLooked(
        prisma,
        tally.looked.filter((id) => !otherwise.has(id)),
        at,
      )
      if (tally.refused.length > 0) await noteNotLooked(prisma, 'files', tally.refused)
      changes.push(...tally.changes)
      sum.looked += tally.looked.length
      sum.notLooked += tally.refused.length
      onProgress?.(sum.looked + sum.notLooked)
      await breathe()
    }
    await make(changes.splice(0), began)
    await prisma.repository.update({ where: { id: repository.id }, data: { lookedAt: new Date() } })
    const end = performance.now() + mapBudgetMs
    const tried = new Set<string>()
    while (performance.now() < end) {
      signal.throwIfAborted()
      const due = await mapsDue(prisma, repository.id, new Date(Date.now() - MAP_EVERY_MS), MAP_PAGE)
      const points = due.filter(({ expected }) => !tried.has(expected.id))
      if (points.length === 0) break
      for (const { expected } of points) tried.add(expected.id)
      const at = new Date()
      const tally = await ask(looker, points, true)
      await make(tally.changes, at)
      await noteLooked(prisma, tally.looked, at)
      await noteMapsLooked(prisma, tally.mapsLooked, at)
      if (tally.mapsRefused.length > 0) await noteNotLooked(prisma, 'maps', tally.mapsRefused)
      sum.mapsLooked += tally.mapsLooked.length
    }
  } catch (error) {
    signal.throwIfAborted()
    sum.problem = toProblem(error)
    // What was seen before it broke off was seen.
    await make(changes.splice(0), began)
  }
  return sum
}
