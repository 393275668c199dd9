import { chmod, link, open, readFile, rename, rm, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { currentLimits } from '#server/db/standing.ts'
import { standingOf } from '#server/domain/catalogue/standing.ts'
import { testDirectory } from '#server/drivers/testing/directory.ts'
import { makeMachine, makePlaces, makePoint, type TestPlaces } from '#server/testing/catalogue.ts'
import { lookAtRepository } from './look.ts'
import { Looker } from './looker.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
let home: string
let places: TestPlaces
let vm: Awaited<ReturnType<typeof makeMachine>>
let count = 0

beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  home = made.use(await testDirectory()).path
})
afterAll(() => made.disposeAsync())
beforeEach(async () => {
  await prisma.event.deleteMany()
  await prisma.backup.deleteMany()
  await prisma.job.deleteMany()
  await prisma.virtualMachine.deleteMany()
  await prisma.repository.deleteMany()
  await prisma.appliance.deleteMany()
  places = await makePlaces(prisma, path.join(home, `repository-${count++}`))
  vm = await makeMachine(prisma, places, 'pgtest1')
})

/** One look, as the engine makes it. `program`: with another reader of maps. */
async function look({ program, silenceMs }: { program?: string; silenceMs?: number } = {}) {
  await using looker = new Looker({ ...(program ? { program } : {}), ...(silenceMs ? { silenceMs } : {}) })
  const repository = { id: places.repositoryId, path: places.root }
  return await lookAtRepository({ prisma, repository, looker, signal: AbortSignal.timeout(30_000) })
}
const row = (id: string) => prisma.backup.findUniqueOrThrow({ where: { id } })
const standing = async (id: string) => standingOf(await row(id), await currentLimits(prisma))
const told = async () =>
  (await prisma.event.findMany({ where: { kind: 'backup.changed' }, orderBy: { seq: 'asc' } })).map(
    ({ data }) => data as { backupId: string | null; count: number; message: string },
  )
const longAgo = (id: string, data: object) => prisma.backup.update({ where: { id }, data })

describe('A9: what is looked at', () => {
  it('A9: a look that ends before it could say what it saw is no new evidence for the old state', async () => {
    const altered = await makePoint(prisma, places, vm)
    const sound = await makePoint(prisma, places, vm)
    await unlink(path.join(altered.directory, 'disk-2000.qcow2'))
    const before = new Date('2026-01-01T00:00:00Z')
    for (const { id } of [altered, sound]) await longAgo(id, { lookedAt: before })
    const stop = new AbortController()
    await using looker = new Looker()
    const repository = { id: places.repositoryId, path: places.root }
    const options = { prisma, repository, looker, signal: stop.signal, onProgress: () => stop.abort() }
    await expect(lookAtRepository(options)).rejects.toThrow()
    expect((await row(sound.id)).lookedAt?.getTime()).toBeGreaterThan(before.getTime())
    expect(await row(altered.id)).toMatchObject({ state: 'ok', lookedAt: before })
    expect(await standing(altered.id)).toBe('not-looked-at')
    expect(await look()).toMatchObject({ looked: 2, changed: 1 })
    expect(await standing(altered.id)).toBe('missing')
  })

  it('A9: a point that was committed is ok, with its facts on record, and a look that finds nothing tells nothing', async () => {
    const { id, directory } = await makePoint(prisma, places, vm)
    expect(await standing(id)).toBe('ok')
    const before = new Date('2026-01-01T00:00:00Z')
    await longAgo(id, { lookedAt: before })
    expect(await standing(id)).toBe('not-looked-at')
    expect(await look()).toMatchObject({ looked: 1, notLooked: 0, changed: 0, problem: null })
    expect(await standing(id)).toBe('ok')
    expect((await row(id)).lookedAt?.getTime()).toBeGreaterThan(before.getTime())
    expect(await told()).toEqual([])
    const disk = await prisma.backupDisk.findFirstOrThrow({ where: { backupId: id, key: 2000 } })
    const file = await stat(path.join(directory, 'disk-2000.qcow2'), { bigint: true })
    expect(disk).toMatchObject({
      imageBytes: file.size,
      imageCtimeNs: String(file.ctimeNs),
      imageInode: String(file.ino),
    })
  })

  const alterations: [string, (directory: string) => Promise<unknown>, 'missing' | 'damaged', RegExp][] = [
    ['an image is deleted', (dir) => unlink(path.join(dir, 'disk-2001.qcow2')), 'missing', /disk-2001\.qcow2 is gone/],
    ['the directory is deleted', (dir) => rm(dir, { recursive: true }), 'missing', /the directory .* is gone/],
    ['a map is deleted', (dir) => unlink(path.join(dir, 'disk-2000.map')), 'missing', /disk-2000\.map is gone/],
    ['the manifest is deleted', (dir) => unlink(path.join(dir, 'manifest.json')), 'missing', /manifest\.json is gone/],
    [
      'an image is cut short',
      (dir) => truncate(path.join(dir, 'disk-2000.qcow2'), 65_536),
      'damaged',
      /disk-2000\.qcow2 has 65536 bytes instead of 131072/,
    ],
    [
      'a map is cut short',
      (dir) => truncate(path.join(dir, 'disk-2000.map'), 3),
      'damaged',
      /disk-2000\.map has 3 bytes/,
    ],
    [
      '64 KiB are overwritten and the time of writing is put back',
      async (dir) => {
        const file = path.join(dir, 'disk-2000.qcow2')
        const { atime, mtime } = await stat(file)
        await using handle = await open(file, 'r+')
        await handle.write(Buffer.alloc(65_536, 0xff), 0, 65_536, 0)
        await utimes(file, atime, mtime)
      },
      'damaged',
      /disk-2000\.qcow2 was written/,
    ],
    [
      'the manifest is edited, and stays one',
      async (dir) => {
        const file = path.join(dir, 'manifest.json')
        await writeFile(file, (await readFile(file, 'utf8')).replace('disk 2000', 'disk zero'))
      },
      'damaged',
      /manifest\.json was edited/,
    ],
    [
      'the manifest claims another root',
      async (dir) => {
        const file = path.join(dir, 'manifest.json')
        await writeFile(file, (await readFile(file, 'utf8')).replace(/"root": "[0-9a-f]{8}/, '"root": "00000000'))
      },
      'damaged',
      /another root of the digest map of disk 2000/,
    ],
    [
      'the manifest is no JSON',
      (dir) => writeFile(path.join(dir, 'manifest.json'), '{'),
      'damaged',
      /cannot be understood/,
    ],
    [
      'the manifest is larger than any',
      (dir) => truncate(path.join(dir, 'manifest.json'), 2 ** 32),
      'damaged',
      /manifest\.json cannot be understood/,
    ],
    [
      'two images are swapped',
      async (dir) => {
        const [a, b, c] = ['disk-2000.qcow2', 'disk-2001.qcow2', 'x'].map((name) => path.join(dir, name))
        await rename(a ?? '', c ?? '')
        await rename(b ?? '', a ?? '')
        await rename(c ?? '', b ?? '')
      },
      'damaged',
      /disk-2000\.qcow2 is another file.*disk-2001\.qcow2 is another file/,
    ],
    [
      'an image becomes a link to itself elsewhere',
      async (dir) => {
        const file = path.join(dir, 'disk-2000.qcow2')
        await link(file, path.join(home, `elsewhere-${path.basename(dir)}`))
      },
      'damaged',
      /disk-2000\.qcow2 was written, moved or given other rights/,
    ],
  ]
  for (const [what, alter, state, words] of alterations)
    it(`A9: ${what}: ${state}, in words, with an event; the point beside it stays ok`, async () => {
      const [hit, other] = [await makePoint(prisma, places, vm), await makePoint(prisma, places, vm)]
      await alter(hit.directory)
      expect(await look()).toMatchObject({ looked: 2, changed: 1 })
      expect(await row(hit.id)).toMatchObject({ state, reason: expect.stringMatching(words) })
      expect([await standing(hit.id), await standing(other.id)]).toEqual([state, 'ok'])
      const [event, ...more] = await told()
      expect(more).toEqual([])
      expect(event).toMatchObject({ backupId: hit.id, count: 1, message: expect.stringMatching(words) })
      // Nothing new is nothing new.
      expect(await look()).toMatchObject({ changed: 0 })
      expect(await told()).toHaveLength(1)
    })

  it('A9: what is missing and comes back unaltered is ok again; what comes back altered is damaged', async () => {
    const { id, directory } = await makePoint(prisma, places, vm)
    await rename(directory, `${directory}-away`)
    await look()
    expect(await standing(id)).toBe('missing')
    await rename(`${directory}-away`, directory)
    await look()
    expect(await row(id)).toMatchObject({ state: 'ok', reason: null, seenIn: null })
    await rename(directory, `${directory}-away`)
    await look()
    await writeFile(path.join(`${directory}-away`, 'disk-2000.qcow2'), 'other')
    await rename(`${directory}-away`, directory)
    await look()
    expect(await standing(id)).toBe('damaged')
    expect((await told()).map(({ message }) => /is (\w+)/.exec(message)?.[1])).toEqual([
      'missing',
      'ok',
      'missing',
      'damaged',
    ])
  })
})

describe('A9: a repository that is away', () => {
  it('A9: renamed away: nothing is missing, what is known gets old; back again: ok', async () => {
    const { id } = await makePoint(prisma, places, vm)
    await rename(places.root, `${places.root}-away`)
    expect(await look()).toMatchObject({ looked: 0, changed: 0, problem: { code: 'repository_missing' } })
    expect(await row(id)).toMatchObject({ state: 'ok' })
    // Three rounds later.
    await longAgo(id, { lookedAt: new Date(Date.now() - 3 * 900_000 - 1000) })
    await look()
    expect(await standing(id)).toBe('not-looked-at')
    await rename(`${places.root}-away`, places.root)
    expect(await look()).toMatchObject({ looked: 1, problem: null })
    expect(await standing(id)).toBe('ok')
    expect(await told()).toEqual([])
  })

  it('A9: an empty mount point, and another repository in its place, say nothing of the points', async () => {
    const { id } = await makePoint(prisma, places, vm)
    const identity = path.join(places.root, '.sendense-repository.json')
    const text = await readFile(identity, 'utf8')
    await unlink(identity)
    const away = await look()
    expect(away).toMatchObject({ looked: 0, problem: { code: 'repository_identity' } })
    expect(away.problem?.happened).toContain(places.root)
    expect(away.problem?.happened).not.toContain('/proc/')
    await writeFile(identity, text.replace(places.repositoryId, '5a7c1a39-0000-4000-8000-000000000000'))
    expect(await look()).toMatchObject({ looked: 0, problem: { code: 'repository_identity' } })
    expect((await row(id)).state).toBe('ok')
  })

  it('A9: emptied, but there: every point is missing, and that is one event', async () => {
    for (let index = 0; index < 25; index++) await makePoint(prisma, places, vm, { disks: 1 })
    await rm(path.join(places.root, vm.slug), { recursive: true })
    expect(await look()).toMatchObject({ looked: 25, changed: 25 })
    expect(await prisma.backup.count({ where: { state: 'missing' } })).toBe(25)
    expect(await told()).toMatchObject([
      { backupId: null, count: 25, message: expect.stringContaining('25 are missing') },
    ])
  })

  it.skipIf(process.getuid?.() === 0)('A9: without permission nothing is known', async () => {
    const { id, directory } = await makePoint(prisma, places, vm)
    await chmod(directory, 0o000)
    expect(await look()).toMatchObject({ looked: 0, notLooked: 1, changed: 0 })
    expect(await row(id)).toMatchObject({ state: 'ok', notLooked: expect.stringContaining('EACCES') })
    await chmod(directory, 0o700)
    await chmod(places.root, 0o000)
    expect(await look()).toMatchObject({ problem: { code: 'repository_read_only' } })
    await chmod(places.root, 0o700)
  })

  it('A9: a process that says nothing, or dies, is no answer', async () => {
    const { id } = await makePoint(prisma, places, vm)
    const before = (await row(id)).lookedAt
    const silent = path.join(home, 'silent.mjs')
    await writeFile(silent, 'process.stdin.resume()')
    expect(await look({ program: silent, silenceMs: 200 })).toMatchObject({
      looked: 0,
      problem: { code: 'repository_missing', happened: expect.stringContaining('did not answer') },
    })
    await writeFile(silent, "process.stdin.once('data', () => process.exit(3))")
    expect(await look({ program: silent })).toMatchObject({ looked: 0, problem: { code: 'internal' } })
    expect(await row(id)).toMatchObject({ state: 'ok', lookedAt: before })
  })
})

describe('A9: digest maps', () => {
  const due = new Date(Date.now() - 2 * 86_400_000)

  it('A9: an altered map of the same size is damage that files alone do not take back', async () => {
    const { id, directory } = await makePoint(prisma, places, vm)
    const file = path.join(directory, 'disk-2000.map')
    const good = await readFile(file)
    const bad = Buffer.from(good)
    // In the table, which the root covers.
    bad[4096] = (bad[4096] ?? 0) ^ 1
    await writeFile(file, bad)
    expect(await look()).toMatchObject({ changed: 0, mapsLooked: 0 })
    await longAgo(id, { mapLookedAt: due })
    expect(await look()).toMatchObject({ changed: 1, mapsLooked: 1 })
    expect(await row(id)).toMatchObject({
      state: 'damaged',
      seenIn: 'map',
      reason: expect.stringMatching(/the root of disk-2000\.map/),
    })
    await writeFile(file, good)
    expect(await look()).toMatchObject({ changed: 0 })
    expect(await standing(id)).toBe('damaged')
    await longAgo(id, { mapLookedAt: due })
    expect(await look()).toMatchObject({ changed: 1, mapsLooked: 1 })
    expect(await standing(id)).toBe('ok')
  })
})
