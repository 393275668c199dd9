/** Bytes of the canary disk: more than one cluster of an image, no whole number of them, some requests of the copier. */
export const CANARY_BYTES = 4 * 1024 * 1024 + 12 * 1024

/**
 * What nbdkit's pattern plugin serves: every eight bytes are their own offset, big-endian (nbdkit-pattern-plugin(1)).
 * A byte that was stored elsewhere, or not at all, differs.
 * @param offset  a multiple of eight, as is `length`
 */
export function patternBytes(offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 8) bytes.writeBigUInt64BE(BigInt(offset + at), at)
  return bytes
}
