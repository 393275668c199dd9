import { createHash, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import fc from 'fast-check'

/** What a raw disk holds, in order; a hole is not written. */
export interface DiskContent {
  kind: 'random' | 'zero' | 'hole'
  length: number
}

/** Disks of up to a few MiB with pieces of any length, whole leaves among them, and any end. */
export const anyDisk: fc.Arbitrary<DiskContent[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('random' as const, 'random' as const, 'zero' as const, 'hole' as const),
    length: fc.oneof(
      fc.integer({ min: 1, max: 300_000 }),
      fc.integer({ min: 1, max: 12 }).map((n) => n * 65_536),
      fc.integer({ min: 1, max: 400 }).map((n) => n * 512),
    ),
  }),
  { minLength: 1, maxLength: 25 },
)

/** Writes the disk. @returns its size in bytes */
export async function writeDisk(file: string, content: readonly DiskContent[]): Promise<number> {
  await using handle = await open(file, 'w')
  let at = 0
  for (const { kind, length } of content) {
    if (kind !== 'hole')
      await handle.write(kind === 'random' ? randomBytes(length) : Buffer.alloc(length), 0, length, at)
    at += length
  }
  await handle.truncate(at)
  await handle.sync()
  return at
}

/** SHA-256 of each 64 KiB of a file, read by the file system; null where all is zero. An oracle: uses nothing of the product. */
export async function fileDigests(file: string): Promise<(string | null)[]> {
  await using handle = await open(file)
  const digests: (string | null)[] = []
  const leaf = Buffer.alloc(65_536)
  for (;;) {
    const { bytesRead } = await handle.read(leaf, 0, leaf.length, digests.length * leaf.length)
    if (bytesRead === 0) return digests
    const bytes = leaf.subarray(0, bytesRead)
    digests.push(bytes.every((byte) => byte === 0) ? null : createHash('sha256').update(bytes).digest('hex'))
  }
}
