import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { createVms } from '#server/services/vms/service.ts'
import { hardNames } from './names.ts'
import { createRandom } from './random.ts'
import { countRealBackups } from './remove.ts'
import { seed } from './seed.ts'

const cleanUp = new AsyncDisposableStack()
let prisma: PrismaClient
beforeAll(async () => {
  const database = cleanUp.use(await testDatabase())
  prisma = openDatabase(database.url)
  cleanUp.defer(() => prisma.$disconnect())
})
afterAll(() => cleanUp.disposeAsync())

const now = new Date('2026-11-20T12:00:00Z')
const fill = (random = createRandom(7)) => seed(prisma, { vms: 60, restorePoints: 301, running: 3, now, random })
const never = () => Promise.reject(new Error('no engine is asked'))

test('writes what was asked for, in all states; again, it replaces its own and gives the same', async () => {
  const first = await fill()
  const vms = createVms(prisma, never, () => now)
  const list = await vms.list()
  expect(list).toHaveLength(60)
  expect(await prisma.backup.count()).toBe(301)
  expect(list.map(({ name }) => name)).toEqual(expect.arrayContaining([...hardNames]))
  expect(new Set(list.map(({ lastJob }) => lastJob?.state))).toContain('copying')
  const states = await prisma.job.groupBy({ by: ['state'], _count: true })
  expect(states.map(({ state }) => state).toSorted()).toEqual(['cancelled', 'completed', 'copying', 'failed'])
  expect(new Set(list.map(({ newestStanding }) => newestStanding))).toEqual(new Set(['ok', null]))
  expect(list.some(({ lastBackupAt, lastJob }) => lastBackupAt === null && lastJob === null)).toBe(true)

  expect(await fill()).toEqual(first)
  expect(await vms.list()).toEqual(list)
  expect(await countRealBackups(prisma)).toBe(0)
})

test('the list agrees with what stands in the database about each machine', async () => {
  const vms = createVms(prisma, never, () => now)
  for (const summary of (await vms.list()).slice(0, 12)) {
    const vm = await vms.get(summary.id)
    expect(vm).toMatchObject(summary)
    const timeline = await vms.timeline(summary.id)
    expect(timeline.total).toBe(vm.restorePoints.count)
    expect(timeline.points.reduce((sum, { storedBytes }) => sum + storedBytes, 0)).toBe(vm.restorePoints.storedBytes)
    expect(timeline.points.at(-1)?.takenAt ?? null).toBe(summary.lastBackupAt)
  }
})

test('restore points come in pages, newest first, each once', async () => {
  const vms = createVms(prisma, never, () => now)
  const [row] = (await prisma.backup.groupBy({ by: ['vmId'], _count: true })).toSorted((a, b) => b._count - a._count)
  const id = row?.vmId ?? ''
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof vms.restorePoints>> = await vms.restorePoints({ id, cursor, limit: 2 })
    ids.push(...page.items.map((item) => item.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  const all = (await vms.timeline(id)).points.map((point) => point.id)
  expect(ids.length).toBeGreaterThan(4)
  expect(ids).toEqual(all.toReversed())
})
