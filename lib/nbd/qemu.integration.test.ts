import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { freePort } from '#server/drivers/testing/port.ts'
import { NbdClient } from './client.ts'
import { type Extent, streamExtents } from './extents.ts'
import { qemuNbd, tool } from './testing/servers.ts'

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())

let count = 0
const base = () => path.join(made.path, `q${count++}`)
const MiB = 1024 * 1024
const CLUSTER = 65_536

async function image(...more: string[]): Promise<string> {
  const file = `${base()}.qcow2`
  await tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...more, file, '8M')
  return file
}

async function extents(client: NbdClient, context: string): Promise<Extent[]> {
  const all: Extent[] = []
  for await (const extent of streamExtents(client, { from: 0, to: client.export.sizeBytes }, { context }))
    all.push(extent)
  return all
}

it('writes, zeroes and flushes over TCP what qemu-img then reads, and flushed bytes survive a kill', async () => {
  const file = await image()
  const bytes = randomBytes(3 * MiB)
  await using server = await qemuNbd(base(), ['-f', 'qcow2', '--discard=unmap', file], await freePort())
  await using client = await NbdClient.connect({ address: server.address, exportName: 'disk' })
  const offers = { canFlush: true, canFua: true, canWriteZeroes: true, multiConn: true, readOnly: false }
  expect(client.export).toMatchObject(offers)
  expect(client.localPort).toBeGreaterThan(0)
  await Promise.all([
    client.write(512, bytes.subarray(0, MiB)),
    client.write(4 * MiB, [bytes.subarray(MiB, MiB + 512), bytes.subarray(MiB + 512)], { fua: true }),
  ])
  await client.writeZeroes(5 * MiB, 2 * CLUSTER, { punch: true })
  await client.writeZeroes(5 * MiB + 5 * CLUSTER, CLUSTER)
  await client.flush()
  await server.signal('SIGKILL')
  expect(await client.ended).toMatchObject({ kind: 'closed' })
  await server.exited
  const raw = base()
  await tool('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', file, raw)
  const expected = Buffer.alloc(8 * MiB)
  bytes.copy(expected, 512, 0, MiB)
  bytes.copy(expected, 4 * MiB, MiB)
  expected.fill(0, 5 * MiB, 5 * MiB + 2 * CLUSTER).fill(0, 5 * MiB + 5 * CLUSTER, 5 * MiB + 6 * CLUSTER)
  expect((await readFile(raw)).equals(expected)).toBe(true)
})

it('tells how deep each cluster of an overlay lies', async () => {
  const below = await image()
  await tool('qemu-io', '-f', 'qcow2', '-c', 'write -P 1 1M 1M', below)
  const above = await image('-b', below, '-F', 'qcow2')
  await tool('qemu-io', '-f', 'qcow2', '-c', `write -P 2 0 ${CLUSTER}`, above)
  await using server = await qemuNbd(base(), ['-r', '-f', 'qcow2', '-A', above])
  const contexts = ['base:allocation', 'qemu:allocation-depth']
  await using client = await NbdClient.connect({ address: server.address, exportName: 'disk', contexts })
  expect(client.export.contexts).toEqual(new Set(contexts))
  const status = await client.blockStatus(0, 8 * MiB)
  expect(status.get('qemu:allocation-depth')).toEqual([
    { length: CLUSTER, flags: 1 },
    { length: MiB - CLUSTER, flags: 0 },
    { length: MiB, flags: 2 },
    { length: 6 * MiB, flags: 0 },
  ])
  expect((await extents(client, 'base:allocation')).filter(({ kind }) => kind === 'data')).toEqual([
    { offset: 0, length: CLUSTER, kind: 'data' },
    { offset: MiB, length: MiB, kind: 'data' },
  ])
  // Holes come as such in structured replies; the buffer was not zero before.
  const into = Buffer.alloc(3 * MiB, 9)
  await client.read(0, into)
  expect(
    into.equals(
      Buffer.concat([Buffer.alloc(CLUSTER, 2), Buffer.alloc(MiB - CLUSTER), Buffer.alloc(MiB, 1), Buffer.alloc(MiB)]),
    ),
  ).toBe(true)
})

it('tells what a dirty bitmap holds', async () => {
  const file = await image()
  await tool('qemu-img', 'bitmap', '--add', '-f', 'qcow2', file, 'since')
  await tool('qemu-io', '-f', 'qcow2', '-c', `write -P 3 ${2 * CLUSTER} ${CLUSTER}`, file)
  await using server = await qemuNbd(base(), ['-r', '-f', 'qcow2', '-B', 'since', file])
  const context = 'qemu:dirty-bitmap:since'
  await using client = await NbdClient.connect({ address: server.address, exportName: 'disk', contexts: [context] })
  expect((await extents(client, context)).filter(({ kind }) => kind === 'data')).toEqual([
    { offset: 2 * CLUSTER, length: CLUSTER, kind: 'data' },
  ])
})

it('tells a full disk by its name', async () => {
  const file = base()
  await writeFile(file, '')
  await tool('qemu-img', 'create', '-q', '-f', 'raw', file, '1M')
  // QEMU's own fault injection answers as a full disk would.
  const rules = `${base()}.conf`
  await writeFile(rules, '[inject-error]\nevent = "none"\niotype = "write"\nerrno = "28"\n')
  const node = `driver=raw,file.driver=blkdebug,file.config=${rules},file.image.driver=file,file.image.filename=${file}`
  await using server = await qemuNbd(base(), ['--image-opts', node])
  await using client = await NbdClient.connect({ address: server.address, exportName: 'disk' })
  await expect(client.write(0, Buffer.alloc(512, 1))).rejects.toMatchObject({
    kind: 'io',
    errno: 'ENOSPC',
    command: 'write',
    offset: 0,
  })
})
