import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { parseExposition } from '#server/testing/exposition.ts'
import { lookLimits, type PointFacts, standingOf } from '../domain/catalogue/standing.ts'
import { testDirectory } from '../drivers/testing/directory.ts'
import { createBackups } from '../services/backups/service.ts'
import { renderMetrics } from '../services/metrics/metrics.ts'
import { createOverview } from '../services/overview/service.ts'
import { createRepositories } from '../services/repositories/service.ts'
import { createVms } from '../services/vms/service.ts'
import { makeMachine, makePlaces, makePoint, type TestPlaces } from '../testing/catalogue.ts'
import { changePoints, recordReadBack } from './catalogue.ts'
import { openDatabase, Prisma, type PrismaClient } from './client.ts'
import { readHubFacts } from './metrics.ts'
import { standingSql } from './standing.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
let places: TestPlaces
beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  places = await makePlaces(prisma, path.join(made.use(await testDirectory()).path, 'main'))
})
afterAll(() => made.disposeAsync())

const never = () => Promise.reject(new Error('no engine is asked'))

describe('A9: one rule', () => {
  it('A9: in SQL as in words, for every state and date, limits included', async () => {
    const now = new Date('2026-11-29T12:00:00Z')
    const limits = lookLimits(900, now)
    const dates = [limits.until, limits.lookedSince, limits.mapSince, now].flatMap((date) =>
      [-1, 0, 1].map((ms) => new Date(date.getTime() + ms)),
    )
    const moment = fc.option(
      fc.oneof(
        fc.constantFrom(...dates),
        fc.date({ min: new Date('2026-11-01'), max: new Date('2026-12-31'), noInvalidDate: true }),
      ),
    )
    const facts = fc.record({
      state: fc.constantFrom<PointFacts['state']>('ok', 'unproved', 'damaged', 'missing'),
      lookedAt: moment,
      mapLookedAt: moment,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(facts, { minLength: 1, maxLength: 60 }), async (points) => {
        const rows = points.map(
          ({ state, lookedAt, mapLookedAt }, index) =>
            Prisma.sql`(${index}::int, ${state}::"PointState", ${lookedAt}::timestamptz(3), ${mapLookedAt}::timestamptz(3))`,
        )
        const said = await prisma.$queryRaw<{ standing: string }[]>`
          SELECT ${standingSql('b', limits)} AS standing
          FROM (VALUES ${Prisma.join(rows)}) AS b(n, state, "lookedAt", "mapLookedAt") ORDER BY b.n`
        expect(said.map(({ standing }) => standing)).toEqual(points.map((point) => standingOf(point, limits)))
      }),
      { numRuns: 40 },
    )
  })

  it('A9: overview, machine, list, chain, REST’s source, repository and metrics say the same of one machine', async () => {
    const vm = await makeMachine(prisma, places, 'pgtest1')
    const older = await makePoint(prisma, places, vm, { at: new Date(Date.now() - 2 * 86_400_000) })
    const newest = await makePoint(prisma, places, vm, { at: new Date(Date.now() - 86_400_000) })
    const everywhere = async () => {
      const [row] = await createVms(prisma, never).list()
      const whole = await createVms(prisma, never).get(vm.id)
      const timeline = await createVms(prisma, never).timeline(vm.id)
      const chain = await createVms(prisma, never).restorePoints({ id: vm.id })
      const view = await createOverview(prisma).get()
      const [repository] = await createRepositories(prisma, never).list()
      const job = await createBackups(prisma).get(newest.id)
      const told = parseExposition(
        await renderMetrics(await readHubFacts(prisma), { buildId: 'b', ports: 1, engine: true, now: new Date() }),
      )
      const gauge = (name: string) => told.get(`sendense_${name}`)?.samples[0]?.value
      const by = Object.fromEntries(
        (told.get('sendense_restore_points_by_state')?.samples ?? []).map(({ labels, value }) => [labels.state, value]),
      )
      expect(whole).toMatchObject({ newestStanding: row?.newestStanding, lastBackupAt: row?.lastBackupAt })
      expect(
        new Set([
          job.point?.standing,
          chain.items[0]?.standing,
          timeline.points.at(-1)?.standing,
          view.recent[0]?.standing,
        ]),
      ).toEqual(new Set([row?.newestStanding]))
      expect(repository?.points).toEqual(view.points)
      expect(by).toMatchObject({ ok: view.points.ok, damaged: view.points.damaged, missing: view.points.missing })
      return {
        standing: row?.newestStanding,
        lastBackupAt: row?.lastBackupAt,
        vms: view.vms,
        concerns: view.concerns.items.map(({ reason, standing }) => [reason, standing]),
        unusable: gauge('machines_newest_point_unusable'),
        without: gauge('machines_without_backup'),
      }
    }
    const counts = { total: 1, recent: 0, old: 0, never: 0, unusable: 0, missing: 0 }
    const taken = async (id: string) => (await prisma.backup.findUniqueOrThrow({ where: { id } })).takenAt.toISOString()
    expect(await everywhere()).toEqual({
      ...{ standing: 'ok', lastBackupAt: await taken(newest.id), vms: { ...counts, recent: 1 }, concerns: [] },
      ...{ unusable: 0, without: 0 },
    })
    // Its newest is gone: not protected, though an older one counts.
    await prisma.backup.update({ where: { id: newest.id }, data: { state: 'missing', reason: 'gone' } })
    const gone = { vms: { ...counts, unusable: 1 }, unusable: 1, without: 0, lastBackupAt: await taken(older.id) }
    expect(await everywhere()).toEqual({ ...gone, standing: 'missing', concerns: [['unusable', 'missing']] })
    // A machine that its source does not list any more counts all the same.
    await prisma.virtualMachine.update({ where: { id: vm.id }, data: { missing: true } })
    expect(await everywhere()).toMatchObject({ vms: { ...counts, unusable: 1, missing: 1 }, unusable: 1 })
    // Nobody could look for longer than three rounds.
    const long = new Date(Date.now() - 3 * 900_000 - 5000)
    await prisma.backup.updateMany({ data: { state: 'ok', reason: null, lookedAt: long } })
    expect(await everywhere()).toMatchObject({
      ...{ standing: 'not-looked-at', lastBackupAt: null, concerns: [['unusable', 'not-looked-at']] },
      ...{ unusable: 1, without: 1 },
    })
  })
})

describe('A9: changes of state', () => {
  it('A9: are compare-and-set: whoever comes with an older reading changes and tells nothing', async () => {
    const vm = await makeMachine(prisma, places, 'cas')
    const { id } = await makePoint(prisma, places, vm)
    await prisma.event.deleteMany()
    const from = { state: 'ok' as const, reason: null, seenIn: null }
    const to = { state: 'missing' as const, reason: 'gone', seenIn: null }
    await prisma.backup.update({ where: { id }, data: { state: 'damaged', seenIn: 'content' } })
    expect(await changePoints(prisma, places.repositoryId, [{ id, vmId: vm.id, from, to }])).toBe(0)
    expect(await prisma.backup.findUnique({ where: { id } })).toMatchObject({ state: 'damaged', seenIn: 'content' })
    expect(await prisma.event.count()).toBe(0)
  })

  it('A9: a read-back clears every damage, and later looks are held against the files as they were read', async () => {
    const vm = await makeMachine(prisma, places, 'read-back')
    const { id } = await makePoint(prisma, places, vm, { disks: 1 })
    await prisma.backup.update({ where: { id }, data: { state: 'damaged', reason: 'x', seenIn: 'content' } })
    const facts = { bytes: 5, mtimeNs: '1', ctimeNs: '2', inode: '3' }
    const at = new Date()
    const verdict = { state: 'ok' as const, reason: null, at, disks: [{ key: 2000, facts }] }
    expect(await recordReadBack(prisma, id, { ...verdict, disks: [] })).toBe(false)
    expect(await recordReadBack(prisma, id, verdict)).toBe(true)
    expect(await prisma.backup.findUnique({ where: { id }, include: { disks: true } })).toMatchObject({
      ...{ state: 'ok', reason: null, seenIn: null, lookedAt: at, mapLookedAt: at },
      disks: [{ imageBytes: 5n, imageMtimeNs: '1', imageCtimeNs: '2', imageInode: '3' }],
    })
  })
})
