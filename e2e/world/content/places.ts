import { open } from 'node:fs/promises'

// Where the parts of a QCOW2 lie: QEMU, docs/interop/qcow2.txt. The injector's own reading of it, on purpose: what it breaks must not be
// found by the code that is to notice.

const OFFSET_BITS = 0x00ff_ffff_ffff_fe00n

export interface Place {
  /** Byte of the guest's disk. */
  guest: number
  /** Where its cluster begins in the file. */
  host: number
  /** Where the entry of the L2 table that says so lies. */
  entryAt: number
}

export interface Places {
  clusterBytes: number
  /** Clusters that lie in the file, in the guest's order. */
  clusters: Place[]
  /** Entries of the L1 table that lead somewhere: where they lie, and the first guest byte they are of. */
  l1: { entryAt: number; guest: number; guestEnd: number }[]
}

/** @throws Error when it is no QCOW2 */
export async function placesOf(image: string): Promise<Places> {
  await using file = await open(image)
  const read = async (at: number, length: number) => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at)
    if (bytesRead !== length) throw new Error(`${image} ends before ${at + length}`)
    return buffer
  }
  const header = await read(0, 72)
  if (header.toString('latin1', 0, 4) !== 'QFI\xfb') throw new Error(`${image} is no QCOW2`)
  const clusterBytes = 2 ** header.readUInt32BE(20)
  const [l1Entries, l1At] = [header.readUInt32BE(36), Number(header.readBigUInt64BE(40))]
  const perTable = clusterBytes / 8
  const places: Places = { clusterBytes, clusters: [], l1: [] }
  const l1 = await read(l1At, l1Entries * 8)
  for (let table = 0; table < l1Entries; table++) {
    const tableAt = Number(l1.readBigUInt64BE(table * 8) & OFFSET_BITS)
    if (tableAt === 0) continue
    const guest = table * perTable * clusterBytes
    places.l1.push({ entryAt: l1At + table * 8, guest, guestEnd: guest + perTable * clusterBytes })
    const l2 = await read(tableAt, clusterBytes)
    for (let index = 0; index < perTable; index++) {
      const entry = l2.readBigUInt64BE(index * 8)
      const host = Number(entry & OFFSET_BITS)
      // Bit 0: reads as zero.
      if (host === 0 || (entry & 1n) === 1n) continue
      places.clusters.push({ guest: guest + index * clusterBytes, host, entryAt: tableAt + index * 8 })
    }
  }
  return places
}
