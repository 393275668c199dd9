import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import { createRandom } from '#scripts/seed/random.ts'
import { testDirectory, textOf } from '../files.ts'
import { freePort } from '../ports.ts'
import { bytesAt, type DrawnDisk, drawDisk } from './disks.ts'
import { imageKinds } from './image-kinds.ts'
import { editExport } from './live.ts'
import { readRange, writeMedium } from './medium.ts'
import { placesOf } from './places.ts'
import { LEAF, leavesOf } from './ranges.ts'
import { differingLeaves } from './truth.ts'
import { startWire } from './wire.ts'

const made = new AsyncDisposableStack()
const failed = { code: 'internal' as const, happened: 'A tool failed' }
let directory: string
let disk: DrawnDisk
let image: string

beforeAll(async () => {
  directory = made.use(await testDirectory('content-tools')).path
  disk = await drawDisk(createRandom(8), path.join(directory, 'disk-2000.raw'), 2000)
  image = path.join(directory, 'disk-2000.qcow2')
  await runOrThrow('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk.path, image], failed)
})
afterAll(() => made.disposeAsync())

it('finds every cluster where QEMU says it lies', async () => {
  const { stdout } = await runOrThrow('qemu-img', ['map', '--output=json', '-f', 'qcow2', image], failed)
  const rows = JSON.parse(stdout) as { start: number; length: number; data: boolean; offset?: number }[]
  const wanted = new Map<number, number>()
  for (const { start, length, data, offset } of rows)
    if (data && offset !== undefined) for (let at = 0; at < length; at += LEAF) wanted.set(start + at, offset + at)
  const { clusters, l1 } = await placesOf(image)
  expect(l1).toHaveLength(new Set([...wanted.keys()].map((guest) => Math.floor(guest / (8192 * LEAF)))).size)
  expect(new Map(clusters.map(({ guest, host }) => [guest, host]))).toEqual(wanted)
  expect(clusters.length).toBeGreaterThan(16)
})

it('knows which blocks of an image are not its source', async () => {
  const other = path.join(directory, 'other.qcow2')
  await copyFile(image, other)
  const scratch = path.join(directory, 'scratch')
  expect(await differingLeaves(other, disk.path, scratch)).toEqual([])
  const { clusters } = await placesOf(other)
  const places = [clusters[2], clusters[9]]
  for (const place of places) {
    const [byte = 0] = await readRange(other, (place?.host ?? 0) + 4711, 1)
    await writeMedium(other, (place?.host ?? 0) + 4711, Buffer.from([byte ^ 1]))
  }
  expect(await differingLeaves(other, disk.path, scratch)).toEqual(places.map((place) => (place?.guest ?? 0) / LEAF))
  expect(await differingLeaves(disk.path, disk.path, scratch)).toBeNull()
})

it('changes of a closed image are what they say', { timeout: 120_000 }, async () => {
  const own = path.join(directory, 'closed')
  await runOrThrow('mkdir', [own], failed)
  const other = await drawDisk(createRandom(4), path.join(directory, 'disk-2001.raw'), 2001)
  for (const [index, kind] of imageKinds.entries()) {
    await copyFile(image, path.join(own, 'disk-2000.qcow2'))
    const target = {
      ...{ random: createRandom(index), disk, other, scratch: path.join(own, 'scratch'), wire: null },
      directory: async () => own,
      exportUrl: async () => '',
    }
    const injected = await kind.inject(target, 'released')
    if (typeof injected === 'function') throw new Error('it is a change of a closed image')
    const found = await differingLeaves(path.join(own, 'disk-2000.qcow2'), disk.path, target.scratch)
    if (kind.effect === 'differs') expect(found, kind.name).toEqual(injected.leaves)
    else if (injected.leaves) expect(found ?? injected.leaves, kind.name).toEqual(injected.leaves)
  }
})

it('a wire carries a copy, spoils what it is told to, and holds it where it is told to', async () => {
  const target = path.join(directory, 'target.qcow2')
  await runOrThrow(
    'qemu-img',
    ['create', '-q', '-f', 'qcow2', target, String(Math.ceil(disk.sizeBytes / 512) * 512)],
    failed,
  )
  const port = await freePort()
  const pidFile = `${target}.pid`
  const server = await startDaemon(
    'qemu-nbd',
    [
      `--pid-file=${pidFile}`,
      '--persistent',
      '--shared=0',
      '--bind=127.0.0.1',
      `--port=${port}`,
      '-f',
      'qcow2',
      '-x',
      'it',
      target,
    ],
    { logFile: `${target}.log`, mark: `${directory}:content-tools` },
  )
  made.defer(async () => void (await stopProcess(server, 500)))
  expect(await waitFor(async () => (await textOf(pidFile)) !== '', { deadlineMs: 10_000 })).toBe(true)
  const url = `nbd://127.0.0.1:${port}/it`
  await using wire = await startWire(async () => ({ host: '127.0.0.1', port }))
  const [spoilt = 0, edited = 0] = [disk.full[1], disk.full[7]]
  wire.spoil({ from: spoilt * LEAF + 100, to: spoilt * LEAF + 200 }, (bytes) => {
    for (const [at, byte] of bytes.entries()) bytes[at] = byte ^ 0xff
  })
  const held = wire.holdAfter([{ from: edited * LEAF, to: (edited + 1) * LEAF }])
  const { sizeBytes } = disk
  const copying = run('qemu-img', [
    ...['convert', '-n', '-W', '-m', '4', '--image-opts', `driver=raw,file.driver=file,file.filename=${disk.path}`],
    ...['--target-image-opts', `driver=raw,file.driver=nbd,file.host=127.0.0.1,file.port=${wire.port},file.export=it`],
  ])
  await held
  const still = await Promise.race([copying.then(() => 'ended'), waitFor(async () => 'held', { deadlineMs: 100 })])
  expect(still).toBe('held')
  const before = await bytesAt(disk.path, edited * LEAF, 512)
  await editExport(
    url,
    [{ do: 'write', offset: edited * LEAF, bytes: Buffer.from(before.map((byte) => byte ^ 3)) }],
    target,
  )
  wire.letGo()
  const { ok, stderr } = await copying
  expect(stderr).toBe('')
  expect(ok).toBe(true)
  expect(wire.confused).toBeNull()
  expect(leavesOf(wire.spoilt)).toEqual([spoilt])
  await stopProcess(server, 5000)
  expect(await differingLeaves(target, disk.path, path.join(directory, 'scratch'))).toEqual(
    [spoilt, edited].toSorted((a, b) => a - b),
  )
  expect(sizeBytes % 2).toBe(1)
})
