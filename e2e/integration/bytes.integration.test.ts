import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RawRange } from '#scripts/demo-vm/raw-disk.ts'
import { exportPeers } from '#server/drivers/nbd/driver.ts'
import { copying, expectExactRestore, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { sharedStack } from '../world/stack-tests.ts'

const KIB = 1024
const MIB = 1024 * KIB

const world = sharedStack()

const disk = (name: string, key: number, sizeBytes: number, extents: RawRange[]) =>
  world.disk(name, { key, sizeBytes, extents })

async function backUpAndCompare(name: string, disks: { key: number; path: string; sizeBytes: number }[]) {
  const vm = await world.stack.addVm({ name, disks: disks.map(({ key, path: file }) => ({ key, path: file })) })
  const job = await world.stack.finished((await world.stack.backUp(vm.id)).id)
  return expectIdentical(world.stack, job, disks)
}

const imageOf = (point: { disks: { imagePath: string }[] }, index = 0) =>
  path.join(world.stack.repositoryPath, point.disks[index]?.imagePath ?? '')

describe('a full backup is its source, byte for byte', () => {
  it('of every kind of content, under the keys the source names, in no order', async () => {
    const random = await disk('kinds', 16_000, 64 * MIB, [{ kind: 'random', offset: 0, length: 64 * MIB }])
    const thin = await disk('kinds', 2001, 4096 * MIB, [
      { kind: 'random', offset: 0, length: 1 * MIB },
      { kind: 'text', offset: 1000 * MIB + 4096, length: 3 * MIB + 5 },
      { kind: 'random', offset: 4095 * MIB, length: 1 * MIB },
    ])
    const writtenZeros = await disk('kinds', 9, 256 * MIB, [
      { kind: 'random', offset: 0, length: 300 * KIB },
      { kind: 'zero', offset: 64 * MIB, length: 64 * MIB },
      { kind: 'random', offset: 128 * MIB, length: 64 * KIB },
    ])
    const empty = await disk('kinds', 2147483647, 100 * MIB, [])
    const everySecondBlock = await disk(
      'kinds',
      2000,
      16 * MIB,
      Array.from({ length: 1000 }, (_, index) => ({ kind: 'random', offset: index * 2 * 4096, length: 4096 })),
    )
    const point = await backUpAndCompare('kinds', [random, thin, writtenZeros, empty, everySecondBlock])
    const images = new Map(point.disks.map((each) => [path.basename(each.imagePath), each.allocatedBytes]))
    expect([...images.keys()].toSorted()).toEqual(
      ['disk-16000', 'disk-2000', 'disk-2001', 'disk-2147483647', 'disk-9'].map((name) => `${name}.qcow2`),
    )
    expect(images.get('disk-16000.qcow2')).toBeGreaterThanOrEqual(64 * MIB)
    // Holes stay holes.
    expect(images.get('disk-2001.qcow2')).toBeLessThan(8 * MIB)
    expect(images.get('disk-2147483647.qcow2')).toBeLessThan(MIB)
  })

  it('odd sizes come back exact, to the last byte: clusters and sectors that are not whole, less than one sector', {
    tags: ['long'],
  }, async () => {
    const sizes = [10 * MIB + 512, 64 * KIB - 512, 7 * MIB + 24 * KIB + 1536, 512, 5 * MIB + 12_345, 17]
    const disks = await Promise.all(
      sizes.map((sizeBytes, index) => {
        const tail = Math.min(sizeBytes, 70_001)
        return disk('odd', 2000 + index, sizeBytes, [{ kind: 'random', offset: sizeBytes - tail, length: tail }])
      }),
    )
    const point = await backUpAndCompare('odd', disks)
    for (const [index, { path: file, sizeBytes }] of disks.entries())
      await expectExactRestore(imageOf(point, index), sizeBytes, file)
  })
})

it('every peer of every qemu-nbd is our sshd, and the backup of two disks is right', { tags: ['long'] }, async () => {
  const disks = await Promise.all(
    [2000, 2001].map((key) => disk('peers', key, 40 * MIB, [{ kind: 'random', offset: 0, length: 24 * MIB }])),
  )
  await using made = new AsyncDisposableStack()
  const slow = await Promise.all(
    disks.map(async ({ path: file }) => made.use(await serveSlowly(file, world.directory, '30M'))),
  )
  const vm = await world.stack.addVm({
    name: 'peers',
    disks: slow.map(({ url }, index) => ({ key: 2000 + index, url })),
  })
  const { id } = await world.stack.backUp(vm.id)
  const job = await copying(world.stack, id)
  // What must be gone afterwards is there now: a check for leaks that finds nothing here could not fail.
  const present = (await world.stack.present()).join('\n')
  for (const kind of [
    /qemu-nbd/,
    /nbdkit/,
    /transfer --job-dir/,
    /ssh -F/,
    /port \d+ still/,
    /\.partial/,
    /\/jobs\//,
    /^key /m,
    /ledger: export/,
  ])
    expect(present).toMatch(kind)
  const seen = new Map<number, number>()
  for (const { key, hubPort } of job.disks) {
    const peers = await exportPeers(hubPort ?? 0)
    seen.set(key, peers.length)
    for (const peer of peers) {
      expect(peer.host).toBe('127.0.0.1')
      expect(peer.owners.length).toBeGreaterThan(0)
      for (const owner of peer.owners) expect(owner.command).toMatch(/^sshd/)
    }
  }
  expect(
    [...seen.values()].every((count) => count > 0),
    JSON.stringify([...seen]),
  ).toBe(true)
  for (const source of slow) await source.setRate(null)
  await expectIdentical(world.stack, await world.stack.finished(id), disks)
})
