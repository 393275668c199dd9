import { closeSync, openSync, writeSync } from 'node:fs'
import { copyFile, open, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { qemuIo, storedAt, tool } from '../qcow2/testing/qemu.ts'
import { compareImage } from './compare.ts'
import { ZERO_LEAF } from './leaf.ts'
import { writeMapOf } from './testing/disk.ts'
import { mapFile, rawLeaves } from './testing/oracle.ts'

const LEAF = 65536
const MIB = 2 ** 20
/** Its last leaf ends in mid-sector. */
const SIZE = 6 * MIB - 3 * LEAF - 700
const IMAGE_SIZE = Math.ceil(SIZE / 512) * 512

let made: TestDirectory
let sound: string
let map: string
let root: string
beforeAll(async () => {
  made = await testDirectory()
  sound = at('sound.qcow2')
  map = at('sound.map')
  await tool('qemu-img', ['create', '-q', '-f', 'qcow2', sound, String(IMAGE_SIZE)])
  // Written in another order than the guest's; data to the odd end, zeros with and without a cluster, holes.
  await qemuIo(
    sound,
    ...['write -P 1 3M 1M', 'write -P 2 64k 200k', `write -P 3 ${IMAGE_SIZE - 1024} 512`, 'write -P 4 4M 64k'],
    ...[
      'write -P 9 4160k 128k',
      'write -z 4160k 64k',
      'write -z -u 4224k 64k',
      'write -P 6 1M 4k',
      'write -P 0 2M 64k',
    ],
  )
  for (let i = 0; i < 16; i++) await qemuIo(sound, `write -P ${20 + i} ${3 * MIB + i * LEAF} 64k`)
  root = await writeMapOf(sound, map, SIZE, (leaf) => leaf % 3 === 0)
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)
const leafOf = (offset: number) => Math.floor(offset / LEAF) * LEAF

/** A copy of the sound image, gone afterwards. */
async function copyOf(name: string): Promise<AsyncDisposable & { path: string }> {
  const file = at(name)
  await copyFile(sound, file)
  return { path: file, [Symbol.asyncDispose]: () => rm(file) }
}

async function overwrite(file: string, position: number, change: (byte: number) => number): Promise<void> {
  await using handle = await open(file, 'r+')
  const byte = Buffer.alloc(1)
  await handle.read(byte, 0, 1, position)
  byte[0] = change(byte[0] ?? 0)
  await handle.write(byte, 0, 1, position)
}

/** Where the entry of a guest cluster stands in the file; the first L2 table only. */
async function l2Place(image: string, guest: number): Promise<number> {
  const file = await readFile(image)
  const l1 = Number(file.readBigUInt64BE(40))
  return Number(file.readBigUInt64BE(l1) & 0x00ff_ffff_ffff_fe00n) + (guest / LEAF) * 8
}

describe('an image against its map', () => {
  it('is equal, and the answer counts every leaf', async () => {
    const progress: number[] = []
    const answer = await compareImage({
      image: sound,
      map,
      expectedRoot: root,
      sizeBytes: SIZE,
      onProgress: (n) => progress.push(n),
    })
    const leaves = Math.ceil(SIZE / LEAF)
    expect(answer).toMatchObject({ equal: true, differing: 0, firstOffset: null, lastOffset: null, root, leaves })
    // 16 + 4 + 1 + 1 + 1 clusters hold data.
    expect(answer.comparedLeaves).toBe(23)
    expect(answer.comparedLeaves + answer.zeroLeaves + answer.holeLeaves).toBe(leaves)
    expect(answer.comparedBytes + answer.zeroBytes + answer.holeBytes).toBe(SIZE)
    expect(progress.at(-1)).toBe(SIZE)
  })

  it('differs where one byte of a stored cluster is changed, and only there', async () => {
    const stored = await storedAt(sound)
    const bytes = stored.reduce((sum, { length }) => sum + length, 0)
    await using image = await copyOf('byte.qcow2')
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes - 1), fc.integer({ min: 1, max: 255 }), async (nth, flip) => {
        let rest = nth
        let extent = { guest: 0, host: 0, length: 0 }
        for (extent of stored) {
          if (rest < extent.length) break
          rest -= extent.length
        }
        await overwrite(image.path, extent.host + rest, (byte) => byte ^ flip)
        const offset = leafOf(extent.guest + rest)
        const answer = await compareImage({ image: image.path, map, expectedRoot: root })
        expect(answer).toMatchObject({ equal: false, differing: 1, firstOffset: offset, lastOffset: offset })
        await overwrite(image.path, extent.host + rest, (byte) => byte ^ flip)
        expect((await compareImage({ image: image.path, map })).equal).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it.each([
    ['overwritten', 'write -P 77 3145728 64k', 3 * MIB, 3 * MIB, 1],
    ['discarded', 'discard 3M 1M', 3 * MIB, 4 * MIB - LEAF, 16],
    ['zeroed', 'write -z 4M 64k', 4 * MIB, 4 * MIB, 1],
    ['written where zeros belong, a single byte', 'write -P 1 2621440 512', 2.5 * MIB, 2.5 * MIB, 1],
    ['written where the source had a hole', 'write -P 1 393216 512', 6 * LEAF, 6 * LEAF, 1],
    ['written over a zero cluster', 'write -P 1 4259840 512', 65 * LEAF, 65 * LEAF, 1],
    [
      'written behind the disk, in its last sector',
      `write -P 1 ${IMAGE_SIZE - 512} 512`,
      leafOf(SIZE),
      leafOf(SIZE),
      1,
    ],
  ])('differs where guest data was %s', async (_, command, first, last, differing) => {
    await using image = await copyOf('live.qcow2')
    await qemuIo(image.path, command)
    const answer = await compareImage({ image: image.path, map, expectedRoot: root })
    expect(answer).toMatchObject({ equal: false, differing, firstOffset: first, lastOffset: last })
  })

  it('differs behind the end of the disk alone, the disk itself being equal', async () => {
    await using image = await copyOf('tail.qcow2')
    const [extent] = (await storedAt(image.path)).filter(({ guest, length }) => SIZE >= guest && SIZE < guest + length)
    if (!extent) throw new Error('the end is not stored')
    await overwrite(image.path, extent.host + (IMAGE_SIZE - 1 - extent.guest), () => 1)
    const offset = leafOf(SIZE)
    expect(await compareImage({ image: image.path, map })).toMatchObject({
      differing: 1,
      firstOffset: offset,
      lastOffset: offset,
    })
  })

  it('differs in both places when two clusters are exchanged, and in one when an entry is lost', async () => {
    await using image = await copyOf('entries.qcow2')
    const [a, b] = [await l2Place(sound, 3 * MIB), await l2Place(sound, 4 * MIB)]
    const before = await readFile(sound)
    const after = Buffer.from(before)
    before.copy(after, a, b, b + 8)
    before.copy(after, b, a, a + 8)
    await writeFile(image.path, after)
    const exchanged = await compareImage({ image: image.path, map })
    expect(exchanged).toMatchObject({ equal: false, differing: 2, firstOffset: 3 * MIB, lastOffset: 4 * MIB })
    before.copy(after)
    after.fill(0, a, a + 8)
    await writeFile(image.path, after)
    const lost = await compareImage({ image: image.path, map })
    expect(lost).toMatchObject({ equal: false, differing: 1, firstOffset: 3 * MIB, lastOffset: 3 * MIB })
  })

  it('differs from the map of another disk, and is not compared with one of another size or root', async () => {
    await using image = await copyOf('other.qcow2')
    await qemuIo(image.path, 'write -P 99 1M 64k', 'write -P 98 5M 64k')
    const other = at('other.map')
    await writeMapOf(image.path, other, SIZE)
    const answer = await compareImage({ image: sound, map: other })
    expect(answer).toMatchObject({ equal: false, differing: 2, firstOffset: MIB, lastOffset: 5 * MIB })
    await expect(compareImage({ image: sound, map: other, expectedRoot: root })).rejects.toMatchObject({
      code: 'map_root',
    })
    await expect(compareImage({ image: sound, map, sizeBytes: SIZE + 1 })).rejects.toMatchObject({ code: 'map_root' })
    await writeFile(other, mapFile([ZERO_LEAF], LEAF).file)
    await expect(compareImage({ image: sound, map: other })).rejects.toMatchObject({ code: 'image_size' })
    await tool('qemu-img', ['resize', '-q', '-f', 'qcow2', image.path, `+512`])
    await expect(compareImage({ image: image.path, map })).rejects.toMatchObject({ code: 'image_size' })
  })

  it('that is cut, gone or no image is an error, never equal', async () => {
    await using image = await copyOf('cut.qcow2')
    const file = await readFile(sound)
    for (const length of [0, 100, LEAF, 3 * LEAF, file.length / 2]) {
      await writeFile(image.path, file.subarray(0, length))
      await expect(compareImage({ image: image.path, map })).rejects.toMatchObject({ kind: 'damaged' })
    }
    await expect(compareImage({ image: at('none'), map })).rejects.toMatchObject({ code: 'image_unreadable' })
    await expect(compareImage({ image: made.path, map })).rejects.toMatchObject({ code: 'image_unreadable' })
  })

  it('that is written to meanwhile is an error', async () => {
    await using image = await copyOf('written.qcow2')
    const fd = openSync(image.path, 'r+')
    const touch = () => void writeSync(fd, Buffer.alloc(1), 0, 1, 100)
    const compared = compareImage({ image: image.path, map, onProgress: touch })
    await expect(compared).rejects.toMatchObject({ code: 'image_changed' })
    closeSync(fd)
  })

  it('stops when it is told to', async () => {
    const reason = new Error('enough')
    await expect(compareImage({ image: sound, map, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('a large disk', () => {
  it('is compared whole, beyond the first 32 GiB', async () => {
    const size = 70 * 2 ** 30
    const image = at('large.qcow2')
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, String(size)])
    const places = [0, 33 * 2 ** 30, 40 * 2 ** 30, size - LEAF]
    await qemuIo(image, ...places.toReversed().map((place) => `write -P 5 ${place} 64k`))
    const leaves = new Array<Buffer>(size / LEAF).fill(Buffer.alloc(32))
    const [digest = ZERO_LEAF] = rawLeaves(Buffer.alloc(LEAF, 5))
    for (const place of places) leaves[place / LEAF] = digest
    const { file, root: large } = mapFile(leaves, size)
    const big = at('large.map')
    await writeFile(big, file)
    const answer = await compareImage({ image, map: big, expectedRoot: large })
    expect(answer).toMatchObject({ equal: true, comparedLeaves: 4, holeLeaves: size / LEAF - 4 })
    await qemuIo(image, `write -P 6 ${40 * 2 ** 30} 512`, `write -P 6 ${size - 512} 512`)
    const differs = await compareImage({ image, map: big, expectedRoot: large })
    expect(differs).toMatchObject({ differing: 2, firstOffset: 40 * 2 ** 30, lastOffset: size - LEAF })
  })
})
