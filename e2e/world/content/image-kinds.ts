import { stat } from 'node:fs/promises'
import path from 'node:path'
import { bytesAt } from './disks.ts'
import type { Injected, Kind, Moment, Target } from './kind.ts'
import { othersThan, pick, twoBlocks } from './live-kinds.ts'
import { cutShort, readRange, writeMedium } from './medium.ts'
import { type Place, type Places, placesOf } from './places.ts'
import { LEAF } from './ranges.ts'

const closed: readonly Moment[] = ['released', 'proved', 'committed']

export const imageOf = async (target: Target) => path.join(await target.directory(), `disk-${target.disk.key}.qcow2`)

interface Site {
  image: string
  places: Places
  /** Where a block of the guest lies. @throws Error when it has no cluster */
  at(leaf: number): Place
}

/** A kind that changes the closed image below the page cache. */
function imageKind(
  name: string,
  effect: Kind['effect'],
  change: (target: Target, site: Site) => Promise<Injected>,
): Kind {
  return {
    ...{ name, effect, moments: closed, of: 'image' },
    inject: async (target) => {
      const image = await imageOf(target)
      const places = await placesOf(image)
      const at = (leaf: number) => {
        const found = places.clusters.find(({ guest }) => guest === leaf * LEAF)
        if (!found) throw new Error(`block ${leaf} of disk ${target.disk.key} has no cluster in its image`)
        return found
      }
      return change(target, { image, places, at })
    },
  }
}

const words = ({ disk }: Target, leaf: number, what: string) => `disk ${disk.key} byte ${leaf * LEAF}: ${what}`

/** In the order of the file. */
const byHost = ({ clusters }: Places) => clusters.toSorted((a, b) => a.host - b.host)

async function changeWord(image: string, at: number, change: (word: bigint) => bigint): Promise<void> {
  const before = await readRange(image, at, 8)
  const after = Buffer.alloc(8)
  after.writeBigUInt64BE(BigInt.asUintN(64, change(before.readBigUInt64BE())))
  if (after.equals(before)) throw new Error(`the word at ${at} is that already`)
  await writeMedium(image, at, after)
}

export const imageKinds: readonly Kind[] = [
  imageKind('cluster overwritten', 'differs', async (target, { image, at }) => {
    const { random, disk } = target
    const leaf = pick(random, disk.full)
    const from = random.int(0, LEAF - 1)
    const length = Math.min(random.int(1, random.pick([1, 512, 4096, LEAF])), LEAF - from)
    const bytes = othersThan(await bytesAt(disk.path, leaf * LEAF + from, length), random)
    await writeMedium(image, at(leaf).host + from, bytes)
    return { place: words(target, leaf, `${length} bytes from ${from}`), leaves: [leaf] }
  }),
  imageKind('a bit flipped', 'differs', async (target, { image, at }) => {
    const { random, disk } = target
    const leaf = pick(random, disk.full)
    const where = at(leaf).host + random.int(0, LEAF - 1)
    const bit = random.int(0, 7)
    const bytes = await readRange(image, where, 1)
    bytes[0] = (bytes[0] ?? 0) ^ (1 << bit)
    await writeMedium(image, where, bytes)
    return { place: words(target, leaf, `bit ${bit} of the file's byte ${where}`), leaves: [leaf] }
  }),
  imageKind('sector zeroed', 'differs', async (target, { image, at }) => {
    const { random, disk } = target
    const leaf = pick(random, disk.full)
    const bytes = await bytesAt(disk.path, leaf * LEAF, LEAF)
    const sectors = Array.from({ length: LEAF / 512 }, (_, index) => index).filter((index) =>
      bytes.subarray(index * 512, (index + 1) * 512).some((byte) => byte !== 0),
    )
    const sector = pick(random, sectors)
    await writeMedium(image, at(leaf).host + sector * 512, Buffer.alloc(512))
    return { place: words(target, leaf, `sector ${sector}`), leaves: [leaf] }
  }),
  imageKind('two clusters swapped', 'differs', async (target, { image, at }) => {
    const [a, b] = await twoBlocks(target)
    const [left, right] = [await readRange(image, at(a).host, LEAF), await readRange(image, at(b).host, LEAF)]
    await writeMedium(image, at(a).host, right)
    await writeMedium(image, at(b).host, left)
    return { place: words(target, a, `with byte ${b * LEAF}`), leaves: [a, b].toSorted((x, y) => x - y) }
  }),
  imageKind('L2 entry zeroed', 'differs', async (target, { image, at }) => {
    const leaf = pick(target.random, target.disk.full)
    await changeWord(image, at(leaf).entryAt, () => 0n)
    return { place: words(target, leaf, 'its entry'), leaves: [leaf] }
  }),
  imageKind('L2 entries swapped', 'differs', async (target, { image, at }) => {
    const [a, b] = await twoBlocks(target)
    const [left, right] = [await readRange(image, at(a).entryAt, 8), await readRange(image, at(b).entryAt, 8)]
    await writeMedium(image, at(a).entryAt, right)
    await writeMedium(image, at(b).entryAt, left)
    return { place: words(target, a, `entry with that of byte ${b * LEAF}`), leaves: [a, b].toSorted((x, y) => x - y) }
  }),
  imageKind('L2 entry of another cluster', 'broken', async (target, { image, at }) => {
    const [a, b] = await twoBlocks(target)
    await writeMedium(image, at(a).entryAt, await readRange(image, at(b).entryAt, 8))
    return { place: words(target, a, `entry is that of byte ${b * LEAF}`), leaves: [a] }
  }),
  imageKind('L2 entry says zero', 'differs', async (target, { image, at }) => {
    const leaf = pick(target.random, target.disk.full)
    await changeWord(image, at(leaf).entryAt, (entry) => entry | 1n)
    return { place: words(target, leaf, 'bit 0 of its entry'), leaves: [leaf] }
  }),
  imageKind('L2 entry with a wrong bit', 'broken', async (target, { image, at }) => {
    const leaf = pick(target.random, target.disk.full)
    // Reserved, of the offset, or compressed; not 63, which says nothing of the content.
    const bit = target.random.int(1, 62)
    await changeWord(image, at(leaf).entryAt, (entry) => entry ^ (1n << BigInt(bit)))
    return { place: words(target, leaf, `bit ${bit} of its entry`), leaves: null }
  }),
  imageKind('L1 entry zeroed', 'differs', async (target, { image, places }) => {
    const entry = places.l1[target.random.int(0, places.l1.length - 1)]
    if (!entry) throw new Error('the image has no L2 table')
    const lost = places.clusters.filter(({ guest }) => guest >= entry.guest && guest < entry.guestEnd)
    await changeWord(image, entry.entryAt, () => 0n)
    const leaves = lost.map(({ guest }) => guest / LEAF)
    return { place: words(target, entry.guest / LEAF, `its L1 entry, ${leaves.length} clusters`), leaves }
  }),
  imageKind('header changed', 'broken', async (target, { image }) => {
    // Magic, version, size of a cluster, size of the disk, size and place of L1, features that must be understood.
    const [at, bits] = target.random.pick([
      [0, 8],
      [7, 3],
      [23, 5],
      [28, 8],
      [36, 8],
      [45, 8],
      [79, 5],
    ])
    const bit = target.random.int(0, bits - 1)
    const bytes = await readRange(image, at, 1)
    bytes[0] = (bytes[0] ?? 0) ^ (1 << bit)
    await writeMedium(image, at, bytes)
    return { place: `disk ${target.disk.key}: bit ${bit} of the header's byte ${at}`, leaves: null }
  }),
  imageKind('cut short', 'broken', async (target, { image, places }) => {
    const hosts = byHost(places)
    const index = target.random.int(0, hosts.length - 2)
    const length = (hosts[index]?.host ?? 0) + target.random.int(0, LEAF - 1)
    const { size } = await stat(image)
    await cutShort(image, length)
    return { place: `disk ${target.disk.key}: ${length} of ${size} bytes`, leaves: null }
  }),
]
