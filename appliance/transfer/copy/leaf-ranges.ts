import { LEAF_BYTES } from '#lib/digests/leaf.ts'
import type { Extent } from '#lib/nbd/extents.ts'

export interface LeafRange {
  kind: 'data' | 'hole'
  first: number
  count: number
}

/**
 * Extents of bytes, in order and without gaps, as ranges of leaves: a leaf that any data touches is data. Constant memory.
 */
export async function* leafRanges(extents: AsyncIterable<Extent>, leaves: number): AsyncGenerator<LeafRange> {
  /** Leaves below it are told. */
  let told = 0
  let held: LeafRange | null = null
  for await (const { offset, length, kind } of extents) {
    if (kind !== 'data' || length === 0) continue
    const first = Math.max(told, held ? held.first + held.count : 0, Math.floor(offset / LEAF_BYTES))
    const end = Math.min(leaves, Math.ceil((offset + length) / LEAF_BYTES))
    if (end <= first) continue
    if (held && first === held.first + held.count) {
      held.count = end - held.first
      continue
    }
    if (held) {
      yield held
      told = held.first + held.count
    }
    if (first > told) yield { kind: 'hole', first: told, count: first - told }
    told = first
    held = { kind: 'data', first, count: end - first }
  }
  if (held) {
    yield held
    told = held.first + held.count
  }
  if (told < leaves) yield { kind: 'hole', first: told, count: leaves - told }
}

/** The parts of a range whose leaves are not stored, each of at most `most` leaves. @param isStored  null: nothing is stored */
export function* lackingParts(
  { first, count }: { first: number; count: number },
  isStored: ((leaf: number) => boolean) | null,
  most: number,
): Generator<{ first: number; count: number }> {
  if (isStored === null) {
    for (let at = first; at < first + count; at += most) yield { first: at, count: Math.min(most, first + count - at) }
    return
  }
  let start = -1
  for (let leaf = first; leaf < first + count; leaf++) {
    const lacks = !isStored(leaf)
    if (start >= 0 && (!lacks || leaf - start === most)) {
      yield { first: start, count: leaf - start }
      start = -1
    }
    if (lacks && start < 0) start = leaf
  }
  if (start >= 0) yield { first: start, count: first + count - start }
}
