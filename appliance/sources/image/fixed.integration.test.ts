import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import type { DiskConfig } from '../../config.ts'
import { begin, imageSource } from '../../testing/image-room.ts'
import { serveFor } from '../../testing/nbd.ts'
import { loopOver, noLoops, startWriter } from '../../testing/writer.ts'
import { isOpenForWriting } from '../evidence/lease.ts'
import type { Snapshot } from '../source.ts'
import type { ImageSource } from './source.ts'

const MIB = 1024 * 1024
const fault = { code: 'internal' as const, happened: 'test' }
const made = new AsyncDisposableStack()
let directory: string
beforeAll(async () => {
  directory = made.use(await testDirectory('fixed')).path
})
afterAll(() => made.disposeAsync())

const loops = await noLoops()
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

describe('a file', () => {
  test('A3: at rest it is unchanged by evidence', async () => {
    const source = sourceOf({ key: 1, path: await file('rest.raw') })
    const snapshot = await begin(source)
    expect(plan(source, snapshot)).toBe('unchanged')
    const found = await verdict(source, snapshot)
    expect(found).toMatchObject({ key: 1, state: 'fixed', fixedBy: 'unchanged' })
    expect(found?.evidence.join(' ')).toContain('ctime')
  })

  test('A8: a write whose mtime was put back is a change', async () => {
    const disk = await file('touched.raw')
    const source = sourceOf({ key: 1, path: disk })
    const before = await stat(disk)
    const snapshot = await begin(source)
    await rewrite(disk, randomBytes(4096))
    await runOrThrow('touch', ['-d', before.mtime.toISOString(), disk], fault)
    await utimes(disk, before.atime, before.mtime)
    expect((await stat(disk)).mtimeMs).toBeCloseTo(before.mtimeMs, 0)
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'changed' })
  })

  test('A8: a write within the same tick as the one before it is seen: a young file is looked at again', async () => {
    const disk = await file('young.raw')
    const source = sourceOf({ key: 1, path: disk })
    await rewrite(disk, randomBytes(512))
    const snapshot = await begin(source)
    await rewrite(disk, randomBytes(512))
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'changed' })
  })

  test('A3: replaced by another of the same content it is changed', async () => {
    const disk = await file('replaced.raw')
    const source = sourceOf({ key: 1, path: disk })
    const snapshot = await begin(source)
    await writeFile(`${disk}.new`, await readFile(disk))
    await rename(`${disk}.new`, disk)
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'changed' })
  })

  test.each(['open', 'mapped'] as const)(
    'A3: one that a program holds %s for writing is refused, with who and three ways out',
    async (how) => {
      const disk = await file(`held-${how}.raw`)
      await using writer = await startWriter(disk, how)
      const refused = await begin(sourceOf({ key: 7, path: disk })).catch((error: unknown) => error)
      expect(refused).toMatchObject({ problem: { code: 'source_unknown' } })
      const { happened, remedy } = (refused as { problem: { happened: string; remedy: string } }).problem
      expect(happened).toContain(`python3 (pid ${writer.pid})`)
      const order = ['Shut the machine down', 'snapshot', `sendense vm set 'vm 1' --disk 7 --allow-unknown on`]
      expect(order.map((words) => remedy.indexOf(words))).toEqual(
        order.map((words) => remedy.indexOf(words)).toSorted((a, b) => a - b),
      )
      for (const words of order) expect(remedy).toContain(words)
    },
  )

  test('A3: held through another name of the same inode it is refused', async () => {
    const disk = await file('linked.raw')
    await link(disk, `${disk}.other`)
    await using _ = await startWriter(`${disk}.other`)
    await expect(begin(sourceOf({ key: 1, path: disk }))).rejects.toMatchObject({ problem: { code: 'source_unknown' } })
  })

  test('A3: opened for writing during the job, and not written, nobody knows', async () => {
    const disk = await file('later.raw')
    const source = sourceOf({ key: 1, path: disk })
    const snapshot = await begin(source)
    await using writer = await startWriter(disk)
    const found = await verdict(source, snapshot)
    expect(found).toMatchObject({ state: 'unknown' })
    expect(found?.evidence.join(' ')).toContain(`pid ${writer.pid}`)
  })

  test('A3: the kernel itself says whether a file is open for writing', async () => {
    const disk = await file('lease.raw')
    expect(await isOpenForWriting(disk)).toBe(false)
    await using held = await open(disk, 'r+')
    expect(await isOpenForWriting(disk)).toBe(true)
    await held.close()
    expect(await isOpenForWriting(disk)).toBe(false)
  })

  test('A3: allowed by a person it is unknown, says who writes, and is never read twice', async () => {
    const disk = await file('allowed.raw')
    await using writer = await startWriter(disk)
    const source = sourceOf({ key: 1, path: disk })
    const snapshot = await begin(source, [1])
    expect(source.disks(snapshot)[0]).toMatchObject({ stateFixedBy: 'unknown', secondRead: false })
    await writer.write()
    const found = await verdict(source, snapshot)
    expect(found).toMatchObject({ state: 'unknown', fixedBy: 'unknown' })
    expect(found?.evidence.join(' ')).toContain(`pid ${writer.pid}`)
  })

  test('A3: a disk that may be unknown is unchanged all the same when the evidence says so', async () => {
    const source = sourceOf({ key: 1, path: await file('both.raw') })
    expect(await verdict(source, await begin(source, [1]))).toMatchObject({ state: 'fixed', fixedBy: 'unchanged' })
  })

  test('A6: a file that cannot be looked at any more is not called unchanged', async () => {
    const inner = path.join(directory, 'gone')
    await mkdir(inner)
    await writeFile(path.join(inner, 'd.raw'), randomBytes(4096))
    const source = sourceOf({ key: 1, path: path.join(inner, 'd.raw') })
    const snapshot = await begin(source)
    await rename(inner, `${inner}.away`)
    await writeFile(inner, 'a file where the directory was')
    expect(await verdict(source, snapshot)).toMatchObject({ state: expect.not.stringMatching('fixed') })
  })

  test.skipIf(loops !== null)(
    'A3: one under a writable loop device is refused, under a read-only one it is not',
    async () => {
      const disk = await file('under.raw')
      {
        await using loop = await loopOver(disk)
        const refused = await begin(sourceOf({ key: 1, path: disk })).catch((error: unknown) => error)
        expect(refused).toMatchObject({ problem: { code: 'source_unknown' } })
        expect((refused as Error).message).toContain(path.basename(loop.path))
      }
      await using _ = await loopOver(disk, '--read-only')
      const source = sourceOf({ key: 1, path: disk })
      expect(await verdict(source, await begin(source))).toMatchObject({ state: 'fixed' })
    },
  )
})

describe('an address', () => {
  test('A3: is read twice, and without the second read nobody knows', async () => {
    const disk = await file('served.raw')
    const socket = path.join(directory, 'served.sock')
    await using _ = await serveFor(disk, socket)
    const source = sourceOf({ key: 1, url: `nbd+unix:///?socket=${socket}` })
    const snapshot = await begin(source)
    expect(source.disks(snapshot)[0]).toMatchObject({ stateFixedBy: 'read_twice', secondRead: true })
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'unknown', fixedBy: 'read_twice' })
  })

  test('A3: allowed by a person it is unknown, and not read twice', async () => {
    const disk = await file('served-2.raw')
    const socket = path.join(directory, 'served-2.sock')
    await using _ = await serveFor(disk, socket)
    const source = sourceOf({ key: 1, url: `nbd+unix:///?socket=${socket}` })
    const snapshot = await begin(source, [1])
    expect(source.disks(snapshot)[0]).toMatchObject({ stateFixedBy: 'unknown', secondRead: false })
    expect(await verdict(source, snapshot)).toMatchObject({ state: 'unknown', fixedBy: 'unknown' })
  })
})

test.skipIf(process.getuid?.() !== 0)('A3: who may not look into other processes reads twice', async () => {
  const disk = await file('foreign.raw')
  await chmod(disk, 0o644)
  await chmod(directory, 0o755)
  const script = [
    `import { ImageSource } from ${JSON.stringify(path.resolve('appliance/sources/image/source.ts'))}`,
    `const source = new ImageSource({ name: 's', kind: 'image', vms: [{ ref: 'vm', name: 'vm', disks: [{ key: 1, path: ${JSON.stringify(disk)} }] }] })`,
    `console.log(JSON.stringify(source.disks(await source.begin({ ref: 'vm', allowUnknown: [] }))[0]))`,
  ].join('\n')
  const result = await run(process.execPath, ['--input-type=module', '-e', script], { uid: 65_534, gid: 65_534 })
  expect(result.stderr.replaceAll(/.*Warning.*\n|.*trace-warnings.*\n/g, '')).toBe('')
  expect(JSON.parse(result.stdout)).toMatchObject({ stateFixedBy: 'read_twice', secondRead: true })
})
