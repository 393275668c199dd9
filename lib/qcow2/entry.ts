import { damaged, type Qcow2Word, unsupported } from './error.ts'
import { CLUSTER_BYTES } from './header.ts'

// Entries of L1 and L2 as two words of 32 bits: no number of theirs fits a double otherwise.
// L1: 0-8 reserved, 9-55 offset, 56-62 reserved, 63 copied. L2: 0 reads as zero, 1-8 reserved, 9-55 offset, 56-61 reserved, 62 compressed, 63 copied.

/**
 * @returns the offset of the L2 table; 0: none, all of it reads as zero
 * @throws Qcow2Error naming the guest's offset
 */
export function l1Entry(high: number, low: number, guestOffset: number, fileBytes: number): number {
  if ((high & 0x7f00_0000) !== 0 || (low & 0x1ff) !== 0) throw damaged('l1_entry', reserved('L1', guestOffset))
  const offset = offsetOf(high, low)
  if (offset === 0) {
    if ((high | low) !== 0) throw damaged('l1_entry', reserved('L1', guestOffset))
    return 0
  }
  return checked(offset, low, CLUSTER_BYTES, 'l1_entry', guestOffset, fileBytes)
}

/**
 * @returns the offset of the cluster's bytes in the file; 0: it reads as zero
 * @throws Qcow2Error naming the guest's offset
 */
export function l2Entry(high: number, low: number, guestOffset: number, fileBytes: number): number {
  if ((high & 0x4000_0000) !== 0)
    throw unsupported('compressed_cluster', `the cluster of the disk's offset ${guestOffset} is compressed`)
  if ((high & 0x3f00_0000) !== 0 || (low & 0x1fe) !== 0) throw damaged('l2_entry', reserved('L2', guestOffset))
  const offset = offsetOf(high, low)
  const readsAsZero = (low & 1) !== 0
  if (offset === 0) {
    if (high < 0 || high > 0x7fff_ffff) throw damaged('l2_entry', reserved('L2', guestOffset))
    return 0
  }
  // The last cluster of a file may be cut short: QEMU reads zeros behind the end. One that begins behind it is lost.
  checked(offset, low, 1, 'l2_entry', guestOffset, fileBytes)
  return readsAsZero ? 0 : offset
}

/** Bits 9 to 55. Inexact above 2^53: longer than any file. */
function offsetOf(high: number, low: number): number {
  return (high & 0x00ff_ffff) * 0x1_0000_0000 + ((low & 0xffff_fe00) >>> 0)
}

function checked(
  offset: number,
  low: number,
  bytes: number,
  word: Qcow2Word,
  guestOffset: number,
  fileBytes: number,
): number {
  if ((low & 0xffff) > 1 || offset + bytes > fileBytes)
    throw damaged(
      word,
      `the entry of the disk's offset ${guestOffset} points to ${offset}, which is unaligned or behind the file`,
    )
  return offset
}

const reserved = (table: string, guestOffset: number) =>
  `reserved bits of the ${table} entry of the disk's offset ${guestOffset} are set`
