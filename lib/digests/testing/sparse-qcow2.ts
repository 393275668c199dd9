import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const CLUSTER = 65536
const ENTRIES = 8192
const COPIED = 1n << 63n

/**
 * Writes a QCOW2 by hand, far larger than qemu would write it in a test: header, L1, `tables` L2 tables, and in each one cluster of data
 * for every `dataEvery` entries; the others carry the mark "reads as zero".
 * @returns the guest's clusters with data, and the digest that each of them has
 */
export async function sparseQcow2(
  file: string,
  { sizeBytes, tables, dataEvery }: { sizeBytes: number; tables: number; dataEvery: number },
): Promise<{ clusters: number[]; digest: Buffer }> {
  await using handle = await open(file, 'w')
  const l1Entries = Math.ceil(sizeBytes / (CLUSTER * ENTRIES))
  const l1Clusters = Math.ceil((l1Entries * 8) / CLUSTER)
  const header = Buffer.alloc(CLUSTER)
  header.write('QFI\xfb', 'latin1')
  const words = [
    [4, 3],
    [20, 16],
    [36, l1Entries],
    [56, 1],
    [96, 4],
    [100, 112],
  ] as const
  for (const [at, value] of words) header.writeUInt32BE(value, at)
  const longs = [
    [24, sizeBytes],
    [40, 2 * CLUSTER],
    [48, CLUSTER],
  ] as const
  for (const [at, value] of longs) header.writeBigUInt64BE(BigInt(value), at)
  await handle.write(header, 0, CLUSTER, 0)
  const l1 = Buffer.alloc(l1Clusters * CLUSTER)
  const data = Buffer.alloc(CLUSTER, 0x5a)
  const clusters: number[] = []
  let next = (2 + l1Clusters) * CLUSTER
  for (let table = 0; table < tables; table++) {
    const l2 = Buffer.alloc(CLUSTER)
    const at = next
    next += CLUSTER
    for (let entry = 0; entry < ENTRIES; entry++) {
      const stored = dataEvery > 0 && entry % dataEvery === table % dataEvery
      l2.writeBigUInt64BE(stored ? COPIED | BigInt(next) : 1n, entry * 8)
      if (!stored) continue
      await handle.write(data, 0, CLUSTER, next)
      clusters.push(table * ENTRIES + entry)
      next += CLUSTER
    }
    await handle.write(l2, 0, CLUSTER, at)
    l1.writeBigUInt64BE(COPIED | BigInt(at), table * 8)
  }
  await handle.write(l1, 0, l1.length, 2 * CLUSTER)
  await handle.truncate(next)
  return { clusters, digest: createHash('sha256').update(data).digest() }
}
