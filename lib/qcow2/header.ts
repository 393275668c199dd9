import { damaged, type Qcow2Word, unsupported } from './error.ts'

// Source of facts: QEMU, docs/interop/qcow2.txt. Big endian.

export const CLUSTER_BYTES = 65_536
/** Clusters of one L2 table: 512 MiB of disk. */
export const L2_ENTRIES = 8192
/** QEMU's own bound: 32 MiB of L1, 2 PiB of disk. */
const MAX_L1_ENTRIES = 4_194_304
const MAGIC = 0x514649fb
/** Fields that every version 3 has. */
const MIN_HEADER_BYTES = 104

export interface Qcow2Header {
  /** Virtual size. */
  sizeBytes: number
  l1Offset: number
  l1Entries: number
  /** Entries that the virtual size needs: those behind them must be zero. */
  l1Needed: number
  refcountTable: { offset: number; clusters: number }
}

const INCOMPATIBLE: readonly [bit: number, word: Qcow2Word, why: string][] = [
  [0, 'dirty', 'it was not closed (dirty bit)'],
  [1, 'corrupt', 'QEMU marked it as corrupt'],
  [2, 'data_file', 'its data lies in another file'],
  [3, 'compression', 'it names a compression'],
  [4, 'extended_l2', 'its L2 entries are extended (subclusters)'],
]

const EXTENSIONS: Readonly<Record<number, readonly [word: Qcow2Word, why: string]>> = {
  3799591626: ['backing_file', 'it names the format of a backing file'],
  1145132097: ['data_file', 'it names a data file'],
  87539319: ['encryption', 'it is encrypted'],
  595929205: ['bitmaps', 'it holds bitmaps'],
}
const FEATURE_NAMES = 0x6803f857

/** A count or an offset; beyond all that can be counted it is only known to be too large. */
const number = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64BE(at))

/**
 * Reads the first cluster of an image and refuses what Sendense does not write; hostile input.
 * @param cluster    the first 64 KiB of the file, zeros behind its end
 * @param fileBytes  length of the file
 * @throws Qcow2Error
 */
export function parseQcow2Header(cluster: Buffer, fileBytes: number): Qcow2Header {
  if (fileBytes < MIN_HEADER_BYTES || cluster.readUInt32BE(0) !== MAGIC)
    throw damaged('not_qcow2', 'it does not begin as a QCOW2 does')
  const version = cluster.readUInt32BE(4)
  if (version !== 3) throw unsupported('version', `its version is ${version}, not 3`)
  refuseFeatures(cluster)
  const clusterBits = cluster.readUInt32BE(20)
  if (clusterBits !== 16) throw unsupported('cluster_size', `its clusters have 2^${clusterBits} bytes, not 65,536`)
  const refcountOrder = cluster.readUInt32BE(96)
  if (refcountOrder !== 4)
    throw unsupported('refcount_bits', `its reference counts have 2^${refcountOrder} bits, not 16`)
  refuseExtensions(cluster, fileBytes)
  return tables(cluster, fileBytes)
}

function refuseFeatures(cluster: Buffer): void {
  const incompatible = cluster.readBigUInt64BE(72)
  for (const [bit, word, why] of INCOMPATIBLE)
    if (incompatible & (1n << BigInt(bit))) throw bit === 1 ? damaged(word, why) : unsupported(word, why)
  if (incompatible !== 0n)
    throw unsupported('unknown_feature', `it has incompatible features 0x${incompatible.toString(16)}`)
  const autoclear = cluster.readBigUInt64BE(88)
  if (autoclear & 1n) throw unsupported('bitmaps', 'it holds bitmaps')
  if (autoclear !== 0n) throw unsupported('unknown_feature', `it has autoclear features 0x${autoclear.toString(16)}`)
  if (cluster.readBigUInt64BE(8) !== 0n || cluster.readUInt32BE(16) !== 0)
    throw unsupported('backing_file', 'it rests on a backing file')
  if (cluster.readUInt32BE(32) !== 0) throw unsupported('encryption', 'it is encrypted')
  if (cluster.readUInt32BE(60) !== 0) throw unsupported('internal_snapshots', 'it holds internal snapshots')
}

function refuseExtensions(cluster: Buffer, fileBytes: number): void {
  const headerBytes = cluster.readUInt32BE(100)
  const end = Math.min(CLUSTER_BYTES, fileBytes)
  if (headerBytes < MIN_HEADER_BYTES || headerBytes % 8 !== 0 || headerBytes > end)
    throw damaged('header', `its header has ${headerBytes} bytes`)
  if (headerBytes > MIN_HEADER_BYTES && cluster[MIN_HEADER_BYTES] !== 0)
    throw unsupported('compression', 'it names a compression')
  for (let at = headerBytes; ; ) {
    if (at + 8 > end) throw damaged('header', 'its header extensions have no end')
    const type = cluster.readUInt32BE(at)
    const length = cluster.readUInt32BE(at + 4)
    if (type === 0) return
    const known = EXTENSIONS[type]
    if (known) throw unsupported(...known)
    if (type !== FEATURE_NAMES) throw unsupported('unknown_feature', `it has a header extension 0x${type.toString(16)}`)
    at += 8 + Math.ceil(length / 8) * 8
  }
}

function tables(cluster: Buffer, fileBytes: number): Qcow2Header {
  const sizeBytes = number(cluster, 24)
  const l1Needed = Math.ceil(sizeBytes / (L2_ENTRIES * CLUSTER_BYTES))
  if (l1Needed > MAX_L1_ENTRIES || sizeBytes % 512 !== 0) throw damaged('size', `its disk has ${sizeBytes} bytes`)
  const l1Entries = cluster.readUInt32BE(36)
  const l1Offset = number(cluster, 40)
  if (l1Entries < l1Needed || l1Entries > MAX_L1_ENTRIES)
    throw damaged('l1_table', `its L1 table has ${l1Entries} entries for a disk of ${sizeBytes} bytes`)
  if (l1Entries > 0 && !within(l1Offset, l1Entries * 8, fileBytes))
    throw damaged('l1_table', `its L1 table at ${l1Offset} is unaligned or reaches behind the file`)
  const refcountTable = { offset: number(cluster, 48), clusters: cluster.readUInt32BE(56) }
  if (!within(refcountTable.offset, refcountTable.clusters * CLUSTER_BYTES, fileBytes))
    throw damaged('header', `its refcount table at ${refcountTable.offset} is unaligned or reaches behind the file`)
  return { sizeBytes, l1Offset, l1Entries, l1Needed, refcountTable }
}

/** A table lies on a cluster, not on the first one, and ends inside the file. */
function within(offset: number, bytes: number, fileBytes: number): boolean {
  return offset >= CLUSTER_BYTES && offset % CLUSTER_BYTES === 0 && offset + bytes <= fileBytes
}
