/** Kept free beside every backup: a full file system hurts everything else on it. */
export const RESERVE_BYTES = 64 * 1024 * 1024

/**
 * The room that new images of these disks can take at most, in bytes: their data rounded up to 64 KiB clusters,
 * QCOW2's L2 entries and refcounts (1/8192 + 1/32768 of the data, at least a few clusters), digest log and map (1/2048 each), and
 * the reserve.
 */
export function neededBytes(disks: readonly { dataBytes: number }[]): number {
  const cluster = 65_536
  return disks.reduce((sum, { dataBytes }) => {
    const data = Math.ceil(dataBytes / cluster) * cluster
    return sum + data + Math.ceil(data / 4096) + Math.ceil(data / 1024) + 16 * cluster
  }, RESERVE_BYTES)
}
