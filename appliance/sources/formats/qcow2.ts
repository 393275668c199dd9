import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { bytesAt } from './read-ends.ts'

/** What of a QCOW2's header decides what else must be opened (docs/interop/qcow2.txt of QEMU). */
export interface Qcow2Header {
  backing: { name: string; format: string | null } | null
  encrypted: boolean
  corrupt: boolean
  dataFile: boolean
  snapshots: { count: number; offset: number }
}

/** A named snapshot as its table says: the same entry later means the same snapshot. */
export const snapshotEntrySchema = z.object({
  id: z.string(),
  name: z.string(),
  l1Offset: z.string(),
  l1Size: z.number().int(),
  date: z.string(),
})
export type SnapshotEntry = z.infer<typeof snapshotEntrySchema>

const HEADER_LIMIT = 65_536
const NAME_LIMIT = 1023
const TABLE_LIMIT = 4 * 1024 * 1024

/** @throws Error in words when it is no header that can be followed */
export async function readQcow2Header(handle: FileHandle): Promise<Qcow2Header> {
  return parseQcow2Header(await bytesAt(handle, 0, HEADER_LIMIT))
}

/** @param bytes  the beginning of the file, up to 64 KiB */
export function parseQcow2Header(bytes: Buffer): Qcow2Header {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== 0x5146_49fb)
    throw new Error('it does not begin with the header of a QCOW2')
  const version = bytes.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw new Error(`it is a QCOW of version ${version}`)
  if (version === 3 && bytes.length < 104) throw new Error('its header is cut off')
  const headerLength = version === 3 ? bytes.readUInt32BE(100) : 72
  if (headerLength < 72 || headerLength > bytes.length) throw new Error('the length in its header is wrong')
  const incompatible = version === 3 ? bytes.readBigUInt64BE(72) : 0n
  const backingOffset = Number(bytes.readBigUInt64BE(8))
  const backingSize = bytes.readUInt32BE(16)
  let backingFormat: string | null = null
  // Extensions end at the name of the backing file, if there is one.
  const end = backingOffset > 0 ? Math.min(backingOffset, bytes.length) : bytes.length
  for (let at = headerLength; at + 8 <= end; ) {
    const [type, length] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
    if (type === 0) break
    if (at + 8 + length > end) throw new Error('an extension of its header is longer than the header')
    if (type === 0xe279_2aca) backingFormat = bytes.toString('latin1', at + 8, at + 8 + length)
    at += 8 + Math.ceil(length / 8) * 8
  }
  let backing: Qcow2Header['backing'] = null
  if (backingOffset > 0) {
    if (backingSize === 0 || backingSize > NAME_LIMIT || backingOffset + backingSize > bytes.length)
      throw new Error('the name of its backing file is not in its header')
    backing = { name: bytes.toString('utf8', backingOffset, backingOffset + backingSize), format: backingFormat }
  }
  return {
    backing,
    encrypted: bytes.readUInt32BE(32) !== 0,
    corrupt: (incompatible & 2n) !== 0n,
    dataFile: (incompatible & 4n) !== 0n,
    snapshots: { count: bytes.readUInt32BE(60), offset: Number(bytes.readBigUInt64BE(64)) },
  }
}

/** The snapshot of that name; null: there is none. @throws Error when the table cannot be read or the name is not unique */
export async function findSnapshot(handle: FileHandle, name: string): Promise<SnapshotEntry | null> {
  const { snapshots } = await readQcow2Header(handle)
  if (snapshots.count === 0) return null
  const found = parseSnapshots(await bytesAt(handle, snapshots.offset, TABLE_LIMIT), snapshots.count).filter(
    (entry) => entry.name === name,
  )
  if (found.length > 1) throw new Error(`${found.length} of its snapshots have the name "${name}"`)
  return found[0] ?? null
}

export function parseSnapshots(table: Buffer, count: number): SnapshotEntry[] {
  const entries: SnapshotEntry[] = []
  let at = 0
  while (entries.length < count) {
    if (at + 40 > table.length) throw new Error('its table of snapshots is cut off')
    const [idSize, nameSize, extra] = [
      table.readUInt16BE(at + 12),
      table.readUInt16BE(at + 14),
      table.readUInt32BE(at + 36),
    ]
    const id = at + 40 + extra
    const end = id + idSize + nameSize
    if (end > table.length) throw new Error('its table of snapshots is cut off')
    entries.push({
      id: table.toString('utf8', id, id + idSize),
      name: table.toString('utf8', id + idSize, end),
      l1Offset: `${table.readBigUInt64BE(at)}`,
      l1Size: table.readUInt32BE(at + 8),
      date: `${table.readUInt32BE(at + 16)}.${table.readUInt32BE(at + 20)}`,
    })
    at = Math.ceil(end / 8) * 8
  }
  return entries
}
