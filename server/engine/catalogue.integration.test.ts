import { mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { waitFor } from '#lib/async/wait.ts'
import { writeCatalogueSettings } from '#server/db/catalogue-settings.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { testDirectory } from '#server/drivers/testing/directory.ts'
import { makeMachine, makePlaces, makePoint, type TestPlaces } from '#server/testing/catalogue.ts'
import { Catalogue } from './catalogue.ts'

const made = new AsyncDisposableStack()
const log = pino({ level: 'silent' })
let prisma: PrismaClient
let home: string
let vm: Awaited<ReturnType<typeof makeMachine>>
let [near, far]: TestPlaces[] = []
beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  home = made.use(await testDirectory()).path
  near = await makePlaces(prisma, path.join(home, 'near'), 'near')
  far = await makePlaces(prisma, path.join(home, 'far'), 'far')
  vm = await makeMachine(prisma, near, 'pgtest1')
})
afterAll(() => made.disposeAsync(), 300_000)

const places = () => {
  if (!near || !far) throw new Error('no places')
  return { near, far }
}
const stateOf = async (id: string) => (await prisma.backup.findUniqueOrThrow({ where: { id } })).state
const told = () => prisma.event.count({ where: { kind: 'backup.changed' } })
const repository = (id: string) => prisma.repository.findUniqueOrThrow({ where: { id } })

it('A9: one repository is away: its row says why, its points get old; the other is looked at; back again, it is well by itself', async () => {
  const { near, far } = places()
  const here = await makePoint(prisma, near, vm)
  const there = await makePoint(prisma, far, vm)
  await using catalogue = new Catalogue({ prisma, log })
  await rename(far.root, `${far.root}-away`)
  await unlink(path.join(here.directory, 'disk-2000.qcow2'))
  await catalogue.lookAtAll()
  expect([await stateOf(here.id), await stateOf(there.id)]).toEqual(['missing', 'ok'])
  expect((await repository(far.repositoryId)).problem).toMatchObject({ code: 'repository_missing' })
  expect((await repository(near.repositoryId)).problem).toBeNull()
  expect((await repository(near.repositoryId)).lookedAt).not.toBeNull()

  // It is looked at again and again: the same is said once. That it got old is said, once for all of it.
  await catalogue.lookAtAll()
  const events = await prisma.event.count()
  await catalogue.lookAtAll()
  expect(await prisma.event.count()).toBe(events)
  const long = new Date(Date.now() - 3 * 900_000 - 5000)
  await prisma.backup.update({ where: { id: there.id }, data: { lookedAt: long } })
  const before = await told()
  await catalogue.lookAtAll()
  await catalogue.lookAtAll()
  expect(await told()).toBe(before + 1)

  await rename(`${far.root}-away`, far.root)
  await catalogue.lookAtAll()
  expect((await repository(far.repositoryId)).problem).toBeNull()
  expect((await prisma.backup.findUniqueOrThrow({ where: { id: there.id } })).lookedAt?.getTime()).toBeGreaterThan(
    long.getTime(),
  )
})

it('A9: who asks for a look gets one that began after the question, and many who ask share it', async () => {
  const { near } = places()
  await using catalogue = new Catalogue({ prisma, log })
  const { id, directory } = await makePoint(prisma, near, vm)
  const runs = catalogue.lookNow(near.repositoryId)
  await rm(directory, { recursive: true })
  const [, one, two] = await Promise.all([
    runs,
    catalogue.lookNow(near.repositoryId),
    catalogue.lookNow(near.repositoryId),
  ])
  expect(one).toMatchObject({ finished: true, problem: null, notLooked: 0 })
  expect(one).toEqual({ ...two, points: one.points })
  expect(await stateOf(id)).toBe('missing')
})

it('A9: it looks by itself from its start, and ends with nothing left', async () => {
  const { near } = places()
  const { id, directory } = await makePoint(prisma, near, vm)
  await rm(directory, { recursive: true })
  await writeCatalogueSettings(prisma, { lookEverySeconds: 60 })
  const catalogue = new Catalogue({ prisma, log })
  catalogue.start()
  expect(await waitFor(async () => (await stateOf(id)) === 'missing', { deadlineMs: 20_000 })).toBe(true)
  await catalogue[Symbol.asyncDispose]()
})

it('A9: thousands of points are looked at without holding the event loop', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const { near } = places()
  const many = Number(process.env.LOOK_POINTS ?? 2000)
  const { id, directory } = await makePoint(prisma, near, vm)
  const pattern = path.basename(directory)
  await prisma.$executeRaw`
    INSERT INTO backup_jobs ("backupId", type, "vmId", "applianceId", "repositoryId", state)
    SELECT ${pattern} || '-' || n, 'full', ${vm.id}::uuid, ${near.applianceId}::uuid, ${near.repositoryId}::uuid, 'completed'
    FROM generate_series(2, ${many}::int) n`
  await prisma.$executeRaw`
    INSERT INTO backups (id, "vmId", "repositoryId", "jobId", type, directory, "takenAt", state, "lookedAt", "mapLookedAt", "manifestSha256")
    SELECT j."backupId", j."vmId", j."repositoryId", j.id, 'full', 'pgtest1/' || j."backupId", now(), 'ok', now(), now(), 'f'
    FROM backup_jobs j WHERE j."backupId" LIKE ${`${pattern}-%`}`
  await prisma.$executeRaw`
    INSERT INTO backup_disks ("backupId", key, "sizeBytes", "allocatedBytes", "imagePath", proof, "mapRoot", "mapBytes")
    SELECT b.id, 2000, 1, 1, b.directory || '/disk-2000.qcow2', '{}', 'r', 5 FROM backups b WHERE b.id LIKE ${`${pattern}-%`}`
  for (let n = 2; n <= many; n++) {
    const at = `${directory}-${n}`
    await mkdir(at)
    await Promise.all([
      writeFile(path.join(at, 'disk-2000.qcow2'), 'i'),
      writeFile(path.join(at, 'disk-2000.map'), 'm'),
      writeFile(path.join(at, 'manifest.json'), '{}'),
    ])
  }
  await using catalogue = new Catalogue({ prisma, log })
  // The pages of the first look warm the client up, as an engine that runs is.
  await catalogue.lookNow(near.repositoryId)
  // CPU of this thread between two turns of the loop: how long our own code holds it, however busy the machine is.
  let longestMs = 0
  let last = process.threadCpuUsage()
  const watch = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last)
    longestMs = Math.max(longestMs, (user + system) / 1000)
    last = process.threadCpuUsage()
  }, 1)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const began = performance.now()
  const cpu = process.cpuUsage()
  const answer = await catalogue.lookNow(near.repositoryId)
  clearInterval(watch)
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  console.log({
    ...{ many, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 },
    ...{ longestTurnCpuMs: longestMs, longestDelayMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 },
  })
  expect(answer).toMatchObject({ finished: true, problem: null })
  expect(await stateOf(id)).toBe('ok')
  expect(longestMs).toBeLessThan(50)
})
