import { open } from 'node:fs/promises'
import path from 'node:path'
import { makeRawDisk, type RawRange } from '#scripts/demo-vm/raw-disk.ts'
import type { Random } from '#scripts/seed/random.ts'
import { LEAF, leavesOf } from './ranges.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** Of each disk, so that every kind of damage finds a place. */
const LEAST_DATA = 20 * LEAF

/** A disk of a case, and what the injector needs to know of it. */
export interface DrawnDisk {
  key: number
  path: string
  sizeBytes: number
  /** Whole blocks of 64 KiB that hold something other than zeros; in order. */
  full: number[]
  /** Whole blocks that hold zeros only, written or not. */
  zeros: number[]
}

function drawRanges(random: Random, sizeBytes: number): RawRange[] {
  const base: RawRange = {
    kind: 'random',
    offset: random.int(0, 3) * 48 * KIB,
    length: LEAST_DATA + random.int(1, LEAF),
  }
  const more = Array.from({ length: random.int(2, 5) }, (): RawRange => {
    const length = random.int(1, 12 * LEAF)
    const kind = random.pick<RawRange['kind']>(['random', 'text', 'zero'])
    // Behind the first range: it is what is sure to be there.
    const offset = random.int(base.offset + base.length, sizeBytes - length)
    return { kind, offset, length }
  })
  const tail = random.int(1, 2 * LEAF)
  return [
    base,
    ...more,
    ...(random.chance(0.5) ? [{ kind: 'random' as const, offset: sizeBytes - tail, length: tail }] : []),
  ]
}

/** Sizes are odd; one in six is longer than what one L2 table of QCOW2 covers (512 MiB). */
function drawSize(random: Random): number {
  const whole = random.chance(1 / 6) ? random.int(513, 560) * MIB : random.int(4, 9) * MIB
  return whole + 2 * random.int(0, LEAF / 2 - 1) + 1
}

/** Makes a disk of drawn size and content: random bytes, text, written zeros, holes. */
export async function drawDisk(random: Random, file: string, key: number): Promise<DrawnDisk> {
  const sizeBytes = drawSize(random)
  const extents = drawRanges(random, sizeBytes)
  await makeRawDisk(file, { sizeBytes, extents, seed: random.uuid() })
  const full: number[] = []
  const zeros: number[] = []
  await using handle = await open(file)
  const bytes = Buffer.alloc(LEAF)
  const written = new Set(leavesOf(extents.map(({ offset, length }) => ({ from: offset, to: offset + length }))))
  const around = [...written, ...[...written].map((leaf) => leaf + 1)]
  for (const leaf of [...new Set(around)].toSorted((a, b) => a - b)) {
    if ((leaf + 1) * LEAF > sizeBytes) continue
    await handle.read(bytes, 0, LEAF, leaf * LEAF)
    ;(bytes.every((byte) => byte === 0) ? zeros : full).push(leaf)
  }
  if (full.length < 16) throw new Error(`${path.basename(file)} was drawn with ${full.length} blocks of data`)
  return { key, path: file, sizeBytes, full, zeros }
}

/** Bytes of a file; behind its end zeros. */
export async function bytesAt(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file)
  const bytes = Buffer.alloc(length)
  await handle.read(bytes, 0, length, offset)
  return bytes
}
