import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { runOrThrow } from '#lib/process/run.ts'
import type { DiskConfig } from '../../config.ts'
import { begin, imageSource } from '../../testing/image-room.ts'
import { loopOver, noLoops, startWriter } from '../../testing/writer.ts'
import type { Snapshot } from '../source.ts'
import type { ImageSource } from './source.ts'

const MIB = 1024 * 1024
const fault = { code: 'internal' as const, happened: 'test' }
const made = new AsyncDisposableStack()
let directory: string
beforeAll(async () => {
  directory = made.use(await testDirectory('device')).path
})
afterAll(() => made.disposeAsync())

const loops = await noLoops()
const context = () => ({ directory, mark: 'test-fixed' })
const sourceOf = (...disks: DiskConfig[]) => imageSource(disks, { name: 'vm 1' })

async function file(name: string, bytes = MIB): Promise<string> {
  const made = path.join(directory, name)
  await writeFile(made, randomBytes(bytes))
  return made
}

async function verdict(source: ImageSource, snapshot: Snapshot) {
  const [only] = await source.end(snapshot)
  return only
}
const plan = (source: ImageSource, snapshot: Snapshot) => source.disks(snapshot)[0]?.stateFixedBy

/** The kernel stamps by its tick. */
async function rewrite(target: string, bytes: Buffer): Promise<void> {
  await using handle = await open(target, 'r+')
  await handle.write(bytes, 0, bytes.length, 0)
}

describe.skipIf(loops !== null)('a block device', () => {
  test('A4: at rest it is unchanged by its counters, its file and its openers', async () => {
    await using loop = await loopOver(await file('device.raw'), '--read-only')
    const source = sourceOf({ key: 1, path: loop.path })
    const snapshot = await begin(source)
    expect(source.disks(snapshot)[0]).toMatchObject({ stateFixedBy: 'unchanged', sectors: { logical: 512 } })
    expect(await source.measure(snapshot, 1, context())).toMatchObject({ sizeBytes: MIB })
    const found = await verdict(source, snapshot)
    expect(found).toMatchObject({ state: 'fixed', fixedBy: 'unchanged' })
    expect(found?.evidence.join(' ')).toContain('counters')
  })

  test('A4: one that can be written, and at rest, is unchanged where every process can be looked into', async () => {
    const all = await readFile('/proc/1/maps').then(
      () => true,
      () => false,
    )
    await using loop = await loopOver(await file('device-rw.raw'))
    const source = sourceOf({ key: 1, path: loop.path })
    const snapshot = await begin(source)
    expect(plan(source, snapshot)).toBe(all ? 'unchanged' : 'read_twice')
    expect(await verdict(source, snapshot)).toMatchObject({ state: all ? 'fixed' : 'unknown' })
  })

  test.each([
    ['its node', (loop: string) => loop],
    ['another node of the same device', (loop: string) => `${path.join(directory, path.basename(loop))}.node`],
  ])('A4: a write by %s is a change', async (_name, nodeOf) => {
    await using loop = await loopOver(await file('device-w.raw'))
    const node = nodeOf(loop.path)
    if (node !== loop.path) await runOrThrow('mknod', [node, 'b', '7', path.basename(loop.path).slice(4)], fault)
    const source = sourceOf({ key: 1, path: loop.path })
    const snapshot = await begin(source)
    await runOrThrow('dd', ['if=/dev/urandom', `of=${node}`, 'bs=4096', 'count=1', 'conv=notrunc'], fault)
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'changed' })
  })

  test('A4: a write to the file below it is a change', async () => {
    const disk = await file('device-below.raw')
    await using loop = await loopOver(disk)
    const source = sourceOf({ key: 1, path: loop.path })
    const snapshot = await begin(source)
    await rewrite(disk, randomBytes(4096))
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'changed' })
  })

  test('A4: written through a second loop device over the same file it is refused', async () => {
    const disk = await file('device-two.raw')
    await using loop = await loopOver(disk)
    await using _ = await loopOver(disk)
    await expect(begin(sourceOf({ key: 1, path: loop.path }))).rejects.toMatchObject({
      problem: { code: 'source_unknown' },
    })
  })

  test('A4: open for writing by a program it is refused', async () => {
    await using loop = await loopOver(await file('device-open.raw'))
    await using writer = await startWriter(loop.path)
    await expect(begin(sourceOf({ key: 1, path: loop.path }))).rejects.toThrow(`pid ${writer.pid}`)
  })

  test('A4: mounted it is refused', async () => {
    const disk = await file('device-fs.raw', 8 * MIB)
    await runOrThrow('mkfs.ext4', ['-q', '-F', disk], fault)
    const point = path.join(directory, 'mnt')
    await mkdir(point)
    await using loop = await loopOver(disk)
    await runOrThrow('mount', [loop.path, point], fault)
    try {
      await expect(begin(sourceOf({ key: 1, path: loop.path }))).rejects.toMatchObject({
        problem: { code: 'source_unknown', happened: expect.stringContaining(point) },
      })
    } finally {
      await runOrThrow('umount', [point], fault)
    }
  })

  test('A4: what lies stale in the page cache is not what is read', async () => {
    const disk = await file('device-stale.raw')
    await using loop = await loopOver(disk)
    // Held open, so that its cache stays; read, so that it is filled.
    await using held = await open(loop.path, 'r')
    const old = (await held.read(Buffer.alloc(4096), 0, 4096, 0)).buffer
    const fresh = randomBytes(4096)
    await rewrite(disk, fresh)
    const cached = (await held.read(Buffer.alloc(4096), 0, 4096, 0)).buffer
    expect(cached.equals(old)).toBe(true)
    const source = sourceOf({ key: 1, path: loop.path })
    const { serveDisk } = await import('../../nbdkit/serve.ts')
    const access = source.disks(await begin(source))[0]?.access
    if (!access) throw new Error('no disk')
    await using served = await serveDisk({ access, name: 'stale', cwd: directory, mark: 'test', what: 'disk 1' })
    const copy = path.join(directory, 'stale.copy')
    await runOrThrow('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', served.url, copy], fault, { cwd: directory })
    expect((await readFile(copy)).subarray(0, 4096).equals(fresh)).toBe(true)
  })
})
