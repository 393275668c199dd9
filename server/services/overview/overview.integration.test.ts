import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { overviewSchema } from '#contracts/views.ts'
import { execute, testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type Prisma, type PrismaClient } from '#server/db/client.ts'
import { ENGINE_LOCK, lockEngine } from '#server/db/engine-lock.ts'
import { createOverview } from './service.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
let url: string
const NOW = new Date('2026-11-23T12:00:00.000Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000)
const overview = () => createOverview(prisma, () => NOW)
/** What the router lets through: the schema refuses what the contract does not say. */
const read = async () => overviewSchema.parse(await overview().get())

beforeAll(async () => {
  const database = made.use(await testDatabase())
  url = database.url
  prisma = openDatabase(url)
  made.defer(() => prisma.$disconnect())
})
afterAll(() => made.disposeAsync())

let applianceId: string
let repositoryId: string
beforeEach(async () => {
  await prisma.backup.deleteMany()
  await prisma.job.deleteMany()
  await prisma.virtualMachine.deleteMany()
  await prisma.appliance.deleteMany()
  await prisma.repository.deleteMany()
})

async function places() {
  applianceId = randomUUID()
  repositoryId = randomUUID()
  await prisma.appliance.create({
    data: {
      id: applianceId,
      name: 'node-1',
      publicKey: 'k',
      fingerprint: 'f',
      apiPort: 9081,
      apiTokenSealed: new Uint8Array(1),
      state: 'online',
    },
  })
  await prisma.repository.create({
    data: { id: repositoryId, name: 'main', path: '/srv/main', totalBytes: 1000n, freeBytes: 400n },
  })
}

/** As the look that was just made found it. */
const sound = { state: 'ok', lookedAt: NOW, mapLookedAt: NOW } as const

const machine = async (name: string, more: Partial<Prisma.VirtualMachineUncheckedCreateInput> = {}) =>
  (
    await prisma.virtualMachine.create({
      data: { applianceId, sourceName: 's', sourceKind: 'image', ref: name, name, slug: name, ...more },
    })
  ).id

async function job(vmId: string, state: 'completed' | 'failed' | 'cancelled' | 'copying', at: Date) {
  const backupId = `backup-${randomUUID().slice(0, 8)}-${Math.floor(at.getTime() / 1000)}`
  const ended = state !== 'copying'
  const row = await prisma.job.create({
    data: {
      ...{ vmId, applianceId, repositoryId, state, backupId, type: 'full', createdAt: at, stateSince: at },
      finishedAt: ended ? at : null,
      ...(state === 'failed' ? { problem: { code: 'source_read', happened: 'The disk does not read.' } } : {}),
    },
  })
  if (state === 'completed')
    await prisma.backup.create({
      data: {
        ...{ id: backupId, vmId, repositoryId, jobId: row.id, type: 'full', directory: 'd', takenAt: at },
        ...sound,
        disks: {
          create: [2000, 2001].map((key) => ({ key, sizeBytes: 100n, allocatedBytes: 30n, imagePath: 'i', proof: {} })),
        },
      },
    })
  return backupId
}

describe('the overview', () => {
  it('of a new hub is empty, and says that no engine runs', async () => {
    const view = await read()
    expect(view).toMatchObject({
      engine: false,
      known: { repositories: 0, appliances: 0, vms: 0, backups: 0 },
      vms: { total: 0, recent: 0, old: 0, never: 0, unusable: 0, missing: 0 },
      running: { count: 0, items: [] },
      concerns: { failed: 0, failedLately: 0, old: 0, never: 0, unusable: 0, items: [] },
      recent: [],
    })
  })

  it('sees the engine by its lock, and only that of this database', async () => {
    await using other = await testDatabase()
    await using _elsewhere = await lockEngine(other.url, { onTaken: () => undefined })
    expect((await read()).engine).toBe(false)
    const lock = await lockEngine(url, { onTaken: () => undefined })
    expect((await read()).engine).toBe(true)
    await lock[Symbol.asyncDispose]()
    await expect.poll(async () => (await read()).engine).toBe(false)

    // It goes with its connection, and comes back with the next, unless another engine was quicker.
    let taken = false
    await using _first = await lockEngine(url, { graceMs: 300, onTaken: () => (taken = true) })
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database =
      (SELECT oid FROM pg_database WHERE datname = current_database())`
    await execute(url, cut)
    await expect.poll(async () => (await read()).engine).toBe(true)
    expect(taken).toBe(false)
    // In one breath, so that the first cannot dial again in between.
    const rival = new pg.Client({ connectionString: url })
    await rival.connect()
    await rival.query(`${cut}; SELECT pg_advisory_lock(${ENGINE_LOCK})`)
    await expect.poll(() => taken, { timeout: 5000 }).toBe(true)
    await rival.end()
  })

  it('sorts machines by their newest restore point and their newest job', async () => {
    await places()
    await job(await machine('fine'), 'completed', daysAgo(6.9))
    const late = await machine('late')
    await job(late, 'completed', daysAgo(30))
    await job(late, 'completed', daysAgo(7.1))
    await machine('never')
    const broken = await machine('broken')
    const kept = await job(broken, 'completed', daysAgo(2))
    const failed = await job(broken, 'failed', daysAgo(0.5))
    const longBroken = await machine('long-broken')
    await job(longBroken, 'failed', daysAgo(3))
    const mended = await machine('mended')
    await job(mended, 'failed', daysAgo(0.2))
    await job(mended, 'completed', daysAgo(0.1))
    const stopped = await machine('stopped')
    await job(stopped, 'completed', daysAgo(20))
    await job(stopped, 'cancelled', daysAgo(1))
    const runs = await machine('runs')
    await job(runs, 'failed', daysAgo(1))
    await job(runs, 'copying', daysAgo(0))
    await machine('gone', { missing: true })

    const view = await read()
    // The one that its source lists no more counts as well.
    expect(view.vms).toEqual({ total: 9, recent: 3, old: 2, never: 4, unusable: 0, missing: 1 })
    expect(view.concerns).toMatchObject({ failed: 2, failedLately: 1, old: 2, never: 2, unusable: 0 })
    expect(view.concerns.items.map(({ vmName, reason }) => `${vmName} ${reason}`)).toEqual([
      'broken failed',
      'long-broken failed',
      'stopped old',
      'late old',
      'gone never',
      'never never',
    ])
    expect(view.concerns.items[0]).toEqual({
      vmId: broken,
      vmName: 'broken',
      reason: 'failed',
      missing: false,
      standing: 'ok',
      why: null,
      failedAt: daysAgo(0.5).toISOString(),
      backupId: failed,
      happened: 'The disk does not read.',
      lastBackupAt: daysAgo(2).toISOString(),
    })
    expect(view.concerns.items[3]).toMatchObject({
      failedAt: null,
      backupId: null,
      lastBackupAt: daysAgo(7.1).toISOString(),
    })
    expect(view.running).toMatchObject({ count: 1, items: [{ vmName: 'runs', state: 'copying' }] })
    expect(view.known).toEqual({ repositories: 1, appliances: 1, vms: 9, backups: 6 })
    expect(view.repositories).toMatchObject([{ name: 'main', totalBytes: 1000, freeBytes: 400 }])
    expect(view.appliances).toMatchObject([{ name: 'node-1', state: 'online', vmCount: 8 }])
    expect(view.recent.map(({ vmName }) => vmName)).toEqual(['mended', 'broken', 'fine', 'late', 'stopped'])
    expect(view.recent[1]).toMatchObject({ id: kept, repositoryName: 'main', sizeBytes: 200, allocatedBytes: 60 })
    expect((await overview().machines()).filter(({ missing }) => missing).map(({ name }) => name)).toEqual(['gone'])
  })

  it('names what runs and stands still by its last word, and nothing that has ended', async () => {
    await places()
    const tell = async (name: string, state: 'copying' | 'failed', ...kinds: string[]) => {
      const backupId = await job(await machine(name), state, daysAgo(0))
      const { id } = await prisma.job.findUniqueOrThrow({ where: { backupId } })
      for (const kind of kinds)
        await prisma.event.create({
          data: { jobId: id, kind: 'job.verdict', data: { kind: 'job.verdict', verdict: { kind } } },
        })
    }
    await tell('stuck', 'copying', 'healthy', 'stalled')
    await tell('well again', 'copying', 'stalled', 'healthy')
    await tell('new', 'copying')
    await tell('over', 'failed', 'stalled')
    expect((await read()).running).toMatchObject({ count: 3, troubled: [{ vmName: 'stuck', kind: 'stalled' }] })
  })

  it('stays short and quick with 1,000 machines, 20,000 restore points and 60 running backups', async () => {
    await places()
    await prisma.$executeRaw`
      INSERT INTO virtual_machines ("applianceId", "sourceName", "sourceKind", ref, name, slug)
      SELECT ${applianceId}::uuid, 's', 'image', n::text, 'machine ' || n, 'machine-' || n FROM generate_series(1, 1000) n`
    await prisma.$executeRaw`
      INSERT INTO backup_jobs ("backupId", type, "vmId", "applianceId", "repositoryId", state, "createdAt", "finishedAt")
      SELECT 'backup-' || vm.slug || '-' || n, 'full', vm.id, ${applianceId}::uuid, ${repositoryId}::uuid, 'completed',
        ${NOW}::timestamptz - n * interval '1 day', ${NOW}::timestamptz - n * interval '1 day'
      FROM virtual_machines vm, generate_series(1, 20) n`
    await prisma.$executeRaw`
      INSERT INTO backups (id, "vmId", "repositoryId", "jobId", type, directory, "takenAt", state, "lookedAt", "mapLookedAt")
      SELECT "backupId", "vmId", "repositoryId", id, type, 'd', "createdAt", 'ok', ${NOW}, ${NOW} FROM backup_jobs`
    await prisma.$executeRaw`
      INSERT INTO backup_jobs ("backupId", type, "vmId", "applianceId", "repositoryId", state, "createdAt")
      SELECT 'running-' || id, 'full', id, ${applianceId}::uuid, ${repositoryId}::uuid, 'copying', ${NOW}::timestamptz
      FROM virtual_machines ORDER BY name LIMIT 60`
    await prisma.$executeRaw`ANALYZE`
    await overview().get()

    const began = performance.now()
    const view = await read()
    const ms = performance.now() - began
    expect(view.vms).toEqual({ total: 1000, recent: 1000, old: 0, never: 0, unusable: 0, missing: 0 })
    expect(view.known.backups).toBe(20_000)
    expect(view.running.count).toBe(60)
    expect(view.running.items).toHaveLength(10)
    expect(JSON.stringify(view).length).toBeLessThan(20_000)
    // About 100 ms on two busy cores: the bound tells a plan that reads every row from a busy machine.
    expect(ms).toBeLessThan(1000)
  })
})
