import type { DiskProgress } from '#contracts/events.ts'

const copied: readonly DiskProgress['state'][] = ['flushing', 'flushed', 'checking', 'proved']

type Disk = Pick<DiskProgress, 'state' | 'dataBytes' | 'readBytes' | 'sentBytes'>

/**
 * Bytes done and bytes there are, over all disks: what was read, or what was sent where reading cannot be measured, as
 * the time that is left is reckoned. Null while a disk says neither.
 */
export function pace(disks: readonly Disk[]): { done: number; data: number } | null {
  let done = 0
  let data = 0
  for (const { state, dataBytes, readBytes, sentBytes } of disks) {
    const moved = copied.includes(state) ? dataBytes : (readBytes ?? sentBytes)
    if (dataBytes === null || moved === null) return null
    done += Math.min(moved, dataBytes)
    data += dataBytes
  }
  return data > 0 ? { done, data } : null
}
