import { createHash, type Hash } from 'node:crypto'
import type { SectorSizes } from '#contracts/proof.ts'
import { DigestError } from './error.ts'
import { DIGEST_BYTES, LEAF_BYTES, leafCount, MAX_DISK_BYTES } from './leaf.ts'

// The digest map's file, docs/formats.md: header, table, pages. Big endian.

export const MAGIC = Buffer.from('SNDSDMAP', 'latin1')
export const VERSION = 1
/** SHA-256, whole. */
export const HASH_SHA256 = 1
export const HEADER_BYTES = 4096
export const PAGE_LEAVES = 256
export const PAGE_BYTES = PAGE_LEAVES * DIGEST_BYTES
const KEY_ID = { at: 16, bytes: 16 }
const PARENT_ROOT = { at: 88, bytes: 32 }
/** Where the fields of the header end; zero from here. */
const FIELDS_END = PARENT_ROOT.at + PARENT_ROOT.bytes
/** Table value: all leaves of the page are holes by the source's word. */
export const HOLE_PAGE: Buffer = Buffer.alloc(DIGEST_BYTES)
/** Table value, layout 1 only: the page is the parent's. */
export const PARENT_PAGE: Buffer = Buffer.from([...new Array<number>(DIGEST_BYTES - 1).fill(0), 2])
const ROOT_TAG = Buffer.from('sendense digest map root v1\0', 'latin1')

export interface MapHeader {
  /** Exact size of the disk. */
  sizeBytes: number
  sectors: SectorSizes
  leaves: number
  pages: number
  tableOffset: number
  pagesOffset: number
  /** Exact length of the file. */
  fileBytes: number
}

/** Where things are in the map of a disk of this size. @throws DigestError `bad_request` */
export function mapLayout(sizeBytes: number): Omit<MapHeader, 'sizeBytes' | 'sectors'> {
  const leaves = leafCount(sizeBytes)
  const pages = Math.ceil(leaves / PAGE_LEAVES)
  const tableOffset = HEADER_BYTES
  const pagesOffset = Math.ceil((tableOffset + pages * DIGEST_BYTES) / 4096) * 4096
  return { leaves, pages, tableOffset, pagesOffset, fileBytes: pagesOffset + pages * PAGE_BYTES }
}

export function encodeHeader(sizeBytes: number, sectors: SectorSizes): Buffer {
  const { pages, tableOffset, pagesOffset } = mapLayout(sizeBytes)
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header, 0)
  header.writeUInt32BE(VERSION, 8)
  header.writeUInt32BE(HASH_SHA256, 12)
  header.writeUInt32BE(LEAF_BYTES, 32)
  header.writeUInt32BE(PAGE_LEAVES, 36)
  header.writeBigUInt64BE(BigInt(sizeBytes), 40)
  header.writeUInt32BE(sectors.logical ?? 0, 48)
  header.writeUInt32BE(sectors.physical ?? 0, 52)
  header.writeUInt32BE(0, 56)
  header.writeUInt32BE(0, 60)
  header.writeBigUInt64BE(BigInt(tableOffset), 64)
  header.writeBigUInt64BE(BigInt(pages), 72)
  header.writeBigUInt64BE(BigInt(pagesOffset), 80)
  return header
}

const allZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)

function sectorSize(bytes: number, which: string): number | null {
  if (bytes === 0) return null
  if (bytes >= 512 && bytes <= 1_048_576 && (bytes & (bytes - 1)) === 0) return bytes
  throw new DigestError('map_damaged', `The digest map is damaged: its ${which} sector size is ${bytes}.`)
}

/**
 * Reads the first 4,096 bytes of a map and checks every one of them; hostile input.
 * @throws DigestError `map_damaged`; `map_unsupported` for what a later version may write
 */
export function parseHeader(header: Buffer, fileBytes: number): MapHeader {
  const damaged = (why: string) => new DigestError('map_damaged', `The digest map is damaged: ${why}.`)
  const unsupported = (why: string) =>
    new DigestError('map_unsupported', `This version of Sendense cannot read the digest map: ${why}.`)
  if (header.length !== HEADER_BYTES) throw damaged(`it has ${fileBytes} bytes, fewer than its header`)
  if (!header.subarray(0, 8).equals(MAGIC)) throw damaged('it does not begin as a digest map does')
  const version = header.readUInt32BE(8)
  if (version !== VERSION) throw unsupported(`its version is ${version}, known is ${VERSION}`)
  const hashId = header.readUInt32BE(12)
  if (hashId !== HASH_SHA256) throw unsupported(`its hash has the number ${hashId}, known is 1 (SHA-256)`)
  if (!allZero(header.subarray(KEY_ID.at, KEY_ID.at + KEY_ID.bytes))) throw unsupported('its digests are keyed')
  const layout = header.readUInt32BE(56)
  if (layout === 1) throw unsupported('it holds its own pages only and names a parent (layout 1)')
  if (layout !== 0) throw unsupported(`its layout has the number ${layout}`)
  const leafBytes = header.readUInt32BE(32)
  const pageLeaves = header.readUInt32BE(36)
  if (leafBytes !== LEAF_BYTES || pageLeaves !== PAGE_LEAVES)
    throw unsupported(`it has leaves of ${leafBytes} bytes, ${pageLeaves} a page`)
  if (!allZero(header.subarray(PARENT_ROOT.at, FIELDS_END))) throw damaged('it names a parent and has none')
  if (!allZero(header.subarray(60, 64)) || !allZero(header.subarray(FIELDS_END)))
    throw damaged('bytes of its header that must be zero are not')
  const size = header.readBigUInt64BE(40)
  if (size > BigInt(MAX_DISK_BYTES)) throw damaged(`its disk has ${size} bytes`)
  const sizeBytes = Number(size)
  const sectors = {
    logical: sectorSize(header.readUInt32BE(48), 'logical'),
    physical: sectorSize(header.readUInt32BE(52), 'physical'),
  }
  const expected = mapLayout(sizeBytes)
  const says = { tableOffset: 64, pages: 72, pagesOffset: 80 } as const
  for (const [name, at] of Object.entries(says) as [keyof typeof says, number][])
    if (header.readBigUInt64BE(at) !== BigInt(expected[name]))
      throw damaged(`${name} does not fit the size of its disk`)
  if (fileBytes !== expected.fileBytes) throw damaged(`it has ${fileBytes} bytes instead of ${expected.fileBytes}`)
  return { sizeBytes, sectors, ...expected }
}

/** Feed it header and table, in order: its digest is the map's root. */
export function rootHash(): Hash {
  return createHash('sha256').update(ROOT_TAG)
}
