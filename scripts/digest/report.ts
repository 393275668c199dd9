import path from 'node:path'
import type { Comparison } from '#contracts/proof.ts'
import { formatBytes } from '#lib/format/bytes.ts'

export interface DigestReport {
  image: string
  map: string
  /** Where the root that was demanded comes from; null: from nowhere, the map was held against itself only. */
  rootFrom: string | null
  notes: string[]
  comparison: Comparison
}

const leaves = (count: number) => (count === 1 ? '1 leaf' : `${count} leaves`)

/** The answer in words, line by line. */
export function reportLines({ image, rootFrom, notes, comparison }: DigestReport): string[] {
  const { equal, differing, firstOffset, lastOffset, direct, root, ms, readBytes } = comparison
  const name = path.basename(image)
  const verdict = equal
    ? `Equal: ${name} holds what its digest map says, ${leaves(comparison.leaves)} of 64 KiB.`
    : `Differs: ${leaves(differing)} of ${name} ${differing === 1 ? 'is' : 'are'} not what its digest map says. First at byte ${firstOffset}, last at byte ${lastOffset}.`
  return [
    verdict,
    `  ${formatBytes(comparison.comparedBytes)} have a digest of what was read at the source (${leaves(comparison.comparedLeaves)})`,
    `  ${formatBytes(comparison.zeroBytes)} were read as zero at the source (${leaves(comparison.zeroLeaves)})`,
    `  ${formatBytes(comparison.holeBytes)} are holes by the source's word, not read there (${leaves(comparison.holeLeaves)})`,
    `  ${formatBytes(readBytes)} read from the image in ${(ms / 1000).toFixed(1)} s, ${direct ? 'past the page cache' : 'through the page cache: the file system cannot be read past it'}`,
    `  root ${root}, ${rootFrom === null ? 'held against nothing: no manifest names this map, and --root was not given' : `as ${rootFrom} names it`}`,
    ...notes.map((note) => `  note: ${note}`),
  ]
}
