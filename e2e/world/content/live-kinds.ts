import type { Random } from '#scripts/seed/random.ts'
import { bytesAt, type DrawnDisk } from './disks.ts'
import type { Injected, Kind, Moment, Target } from './kind.ts'
import { editExport, edited, type LiveEdit } from './live.ts'
import { LEAF, leavesOf } from './ranges.ts'

const live: readonly Moment[] = ['while copying', 'copied']

/** Bytes of which each is another than that of `before`. */
export function othersThan(before: Buffer, random: Random): Buffer {
  return Buffer.from(before.map((byte) => byte ^ random.int(1, 255)))
}

export const pick = (random: Random, from: readonly number[]): number => {
  const one = from[random.int(0, from.length - 1)]
  if (one === undefined) throw new Error('the disk has no such block')
  return one
}

/** Two blocks whose content differs. */
export async function twoBlocks({ random, disk }: Target): Promise<[number, number]> {
  for (let tries = 0; tries < 100; tries++) {
    const [a, b] = [pick(random, disk.full), pick(random, disk.full)]
    if (a === b) continue
    const [left, right] = await Promise.all([a, b].map((leaf) => bytesAt(disk.path, leaf * LEAF, LEAF)))
    if (left && right && !left.equals(right)) return [a, b]
  }
  throw new Error('no two blocks of the disk differ')
}

const spans = (edits: readonly LiveEdit[]) =>
  edits.map((edit) => ({
    from: edit.offset,
    to: edit.offset + (edit.do === 'write' ? edit.bytes.length : edit.length),
  }))

/** Blocks whose bytes are others after the edits than in the source. */
async function changedBy(edits: readonly LiveEdit[], disk: DrawnDisk): Promise<number[]> {
  const leaves: number[] = []
  for (const leaf of leavesOf(spans(edits))) {
    const at = leaf * LEAF
    const touching = edits.filter((_, index) => {
      const span = spans(edits)[index]
      return span !== undefined && span.from < at + LEAF && span.to > at
    })
    const [from, to] = [
      Math.min(at, ...touching.map(({ offset }) => offset)),
      Math.max(at + LEAF, ...spans(touching).map((span) => span.to)),
    ]
    const before = await bytesAt(disk.path, from, to - from)
    const after = edited(before, from, touching)
    if (before.compare(after, at - from, at - from + LEAF, at - from, at - from + LEAF) !== 0) leaves.push(leaf)
  }
  return leaves
}

/** A kind that edits the live export: while the copy is held right after it wrote there, or when it is over. */
function liveKind(name: string, effect: Kind['effect'], draw: (target: Target) => Promise<LiveEdit[]>): Kind {
  return {
    ...{ name, effect, moments: live, of: 'image', wired: true },
    inject: async (target, moment) => {
      const { disk, wire } = target
      const edits = await draw(target)
      const leaves = await changedBy(edits, disk)
      const place = spans(edits)
        .map(({ from, to }) => `disk ${disk.key} bytes ${from}-${to - 1}`)
        .join(' and ')
      const edit = async (): Promise<Injected> => {
        await editExport(await target.exportUrl(), edits, target.scratch)
        return { place, leaves }
      }
      if (moment !== 'while copying') return edit()
      if (!wire) throw new Error('there is no wire to hold the copy')
      // Only what the copier writes is waited for: zeros of the source are not sent as bytes.
      const sent = leavesOf(spans(edits)).filter((leaf) => disk.full.includes(leaf))
      const held = wire.holdAfter(sent.map((leaf) => ({ from: leaf * LEAF, to: (leaf + 1) * LEAF })))
      let done: Injected | Error = new Error('the copier never wrote there')
      void held.then(async () => {
        try {
          done = await edit()
        } catch (error) {
          done = error instanceof Error ? error : new Error(String(error))
        } finally {
          wire.letGo()
        }
      })
      return () => {
        if (done instanceof Error) throw done
        return done
      }
    },
  }
}

/** Where the blocks with data that follow each other from this one on end: the copier writes each of them once. */
function runEnd({ disk }: Target, leaf: number): number {
  let end = leaf
  while (disk.full.includes(end)) end++
  return end * LEAF
}

/** A stretch that begins in a block with data: from one byte to some blocks. */
function stretch(target: Target): { offset: number; length: number } {
  const { random, disk } = target
  const leaf = pick(random, disk.full)
  const offset = leaf * LEAF + random.int(0, LEAF - 1)
  const most = random.pick([1, 16, 512, 4096, LEAF, 3 * LEAF])
  return { offset, length: Math.min(random.int(1, most), runEnd(target, leaf) - offset) }
}

/** One to three whole blocks with data. */
function wholeBlocks(target: Target): { offset: number; length: number } {
  const { random, disk } = target
  const leaf = pick(random, disk.full)
  return { offset: leaf * LEAF, length: Math.min(random.int(1, 3) * LEAF, runEnd(target, leaf) - leaf * LEAF) }
}

/** A block that holds only zeros. */
function zeroBlock({ random, disk }: Target): { offset: number; length: number } {
  return { offset: pick(random, disk.zeros) * LEAF, length: LEAF }
}

export const liveKinds: readonly Kind[] = [
  liveKind('overwritten', 'differs', async (target) => {
    const { offset, length } = stretch(target)
    const bytes = othersThan(await bytesAt(target.disk.path, offset, length), target.random)
    return [{ do: 'write', offset, bytes }]
  }),
  liveKind('discarded', 'differs', async (target) => [{ do: 'discard', ...wholeBlocks(target) }]),
  liveKind('zeroed', 'differs', async (target) => [{ do: 'zero', ...wholeBlocks(target) }]),
  liveKind('two clusters swapped', 'differs', async (target) => {
    const [a, b] = await twoBlocks(target)
    const [left, right] = await Promise.all([a, b].map((leaf) => bytesAt(target.disk.path, leaf * LEAF, LEAF)))
    if (!left || !right) throw new Error('no two blocks')
    return [
      { do: 'write', offset: a * LEAF, bytes: right },
      { do: 'write', offset: b * LEAF, bytes: left },
    ]
  }),
]

/** They change nothing: what calls them damage raises a false alarm. */
export const harmlessKinds: readonly Kind[] = [
  liveKind('written again as it was', 'none', async (target) => {
    const { offset, length } = stretch(target)
    return [{ do: 'write', offset, bytes: await bytesAt(target.disk.path, offset, length) }]
  }),
  liveKind('zeros zeroed', 'none', async (target) => [{ do: 'zero', ...zeroBlock(target) }]),
  liveKind('zeros discarded', 'none', async (target) => [{ do: 'discard', ...zeroBlock(target) }]),
]
