import { open, rm, stat } from 'node:fs/promises'
import { run } from '#lib/process/run.ts'
import { LEAF } from './ranges.ts'

const PIECE = 64 * LEAF

/**
 * The blocks of 64 KiB in which a stored image is not its source, as QEMU reads the image: numbers, in order.
 * @returns null when QEMU cannot read it at all
 */
export async function differingLeaves(image: string, source: string, scratch: string): Promise<number[] | null> {
  const raw = `${scratch}.raw`
  try {
    const { ok } = await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw])
    return ok ? await differing(raw, source) : null
  } finally {
    await rm(raw, { force: true })
  }
}

/** What stands behind the end of the shorter one counts as zeros. */
async function differing(one: string, other: string): Promise<number[]> {
  const sizes = await Promise.all([one, other].map(async (file) => (await stat(file)).size))
  await using a = await open(one)
  await using b = await open(other)
  const leaves: number[] = []
  const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)]
  for (let at = 0; at < Math.max(...sizes); at += PIECE) {
    const [{ bytesRead: read }, { bytesRead: other }] = [
      await a.read(left, 0, PIECE, at),
      await b.read(right, 0, PIECE, at),
    ]
    left.fill(0, read)
    right.fill(0, other)
    if (left.equals(right)) continue
    for (let place = 0; place < PIECE; place += LEAF)
      if (left.compare(right, place, place + LEAF, place, place + LEAF) !== 0) leaves.push((at + place) / LEAF)
  }
  return leaves
}
