import { bytesAt } from './disks.ts'
import type { Kind, Target } from './kind.ts'
import { pick } from './live-kinds.ts'
import { LEAF, leavesOf, type Range } from './ranges.ts'
import type { Spoil } from './wire.ts'

/** A kind that changes payload of writes between copier and export. Heads are never touched. */
function wireKind(name: string, draw: (target: Target) => Promise<{ range: Range; how: Spoil }>): Kind {
  return {
    ...{ name, effect: 'differs', moments: ['on the way'], of: 'image', wired: true },
    inject: async (target) => {
      const { wire, disk } = target
      if (!wire) throw new Error('there is no wire')
      const { range, how } = await draw(target)
      wire.spoil(range, how)
      return () => {
        if (wire.confused) throw new Error(`the wire does not understand what passes: ${wire.confused}`)
        if (wire.spoilt.length === 0) throw new Error(`no write carried bytes ${range.from}-${range.to - 1}`)
        const [first, last] = [wire.spoilt[0]?.from, wire.spoilt.at(-1)?.to]
        return { place: `disk ${disk.key} bytes ${first}-${(last ?? 0) - 1}`, leaves: leavesOf(wire.spoilt) }
      }
    },
  }
}

export const wireKinds: readonly Kind[] = [
  wireKind('a bit flipped', async ({ random, disk }) => {
    const from = pick(random, disk.full) * LEAF + random.int(0, LEAF - 1)
    const bit = 1 << random.int(0, 7)
    const how: Spoil = (bytes) => {
      bytes[0] = (bytes[0] ?? 0) ^ bit
    }
    return { range: { from, to: from + 1 }, how }
  }),
  wireKind('a stretch inverted', async ({ random, disk }) => {
    const from = pick(random, disk.full) * LEAF + random.int(0, LEAF - 1)
    const to = Math.min(disk.sizeBytes, from + random.int(2, random.pick([64, 4096, 3 * LEAF])))
    const mask = random.int(1, 255)
    const how: Spoil = (bytes) => {
      for (const [at, byte] of bytes.entries()) bytes[at] = byte ^ mask
    }
    return { range: { from, to }, how }
  }),
  wireKind('payload zeroed', async ({ random, disk }) => {
    const leaf = pick(random, disk.full)
    const bytes = await bytesAt(disk.path, leaf * LEAF, LEAF)
    // From its first byte that is not zero on.
    const from = leaf * LEAF + bytes.findIndex((byte) => byte !== 0)
    return { range: { from, to: (leaf + 1) * LEAF }, how: (piece) => piece.fill(0) }
  }),
]
