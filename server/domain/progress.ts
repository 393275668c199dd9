import type { DiskProgress } from '#contracts/events.ts'
import type { DiskState } from '#contracts/job.ts'

/** Below this an image holds only QCOW2's own tables (a fresh 102 GiB image: 0.2 MiB). */
const METADATA_BYTES = 1024 * 1024

const gone: readonly DiskState[] = ['flushed', 'checking', 'proved']

/**
 * The sentence a disk's figures need, or null. An image that does not grow because its source holds nothing
 * more says so, with the numbers.
 */
export function diskNote(disk: Omit<DiskProgress, 'note'>): string | null {
  if (disk.dataBytes === null) return null
  const holds = `the source holds ${disk.dataBytes.toLocaleString('en')} bytes of data in ${disk.sizeBytes.toLocaleString('en')} bytes`
  if (disk.dataBytes === 0) return `Nothing to copy: ${holds}. The image stays at its own tables.`
  const done = gone.includes(disk.state) || disk.state === 'flushing'
  if (done && disk.allocatedBytes < disk.dataBytes / 2)
    return `Everything is copied: ${holds}; blocks of zeros take no room in the image.`
  if (disk.state === 'copying' && disk.readBytes !== null && disk.readBytes >= disk.dataBytes)
    return `Everything is read: ${holds}.`
  if (disk.state === 'copying' && disk.readBytes !== null && disk.readBytes > 0 && disk.allocatedBytes < METADATA_BYTES)
    return `Read ${disk.readBytes.toLocaleString('en')} bytes so far, all zeros or not yet written: ${holds}.`
  if (done && disk.dataBytes < disk.sizeBytes / 100) return `Small because it is almost empty: ${holds}.`
  return null
}

/**
 * A figure of what a disk moved, as it may be shown: a disk that was copied has moved its data, so zero says that nobody
 * measured it (a short copy is over before its sockets are looked at). Null: not measured.
 */
export function movedBytes(bytes: number | null, disk: Pick<DiskProgress, 'state' | 'dataBytes'>): number | null {
  return bytes === 0 && disk.dataBytes !== 0 && gone.includes(disk.state) ? null : bytes
}

type Done = Pick<DiskProgress, 'state' | 'dataBytes' | 'writtenBytes'>

/** Bytes that count as done: what the export acknowledged, everything for a disk past its copy. */
export function doneBytes(disk: Done): number {
  const data = disk.dataBytes ?? 0
  if (gone.includes(disk.state) || disk.state === 'flushing') return data
  return Math.min(data, disk.writtenBytes ?? 0)
}

/**
 * Seconds until the copy ends at this speed; null while it cannot be known
 * (nothing measured yet, or nothing moves).
 */
export function etaSeconds(disks: readonly Done[], bytesPerSecond: number): number | null {
  if (disks.some((disk) => disk.dataBytes === null)) return null
  const left = disks.reduce((sum, disk) => sum + (disk.dataBytes ?? 0) - doneBytes(disk), 0)
  if (left === 0) return 0
  return bytesPerSecond > 0 ? left / bytesPerSecond : null
}
