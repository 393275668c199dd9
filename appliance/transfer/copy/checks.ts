import type { NbdExport } from '#lib/nbd/client.ts'
import { CopyError } from './error.ts'

/** Servers of files round a size up to whole sectors. */
const LARGEST_SECTOR = 4096

/** @throws CopyError: this export cannot be the disk of that size */
export function checkSource({ sizeBytes }: NbdExport, expected: number): void {
  if (sizeBytes >= expected && sizeBytes - expected < LARGEST_SECTOR) return
  throw new CopyError('source', 'refused', `The source has ${sizeBytes} bytes, but the disk has ${expected}`)
}

/** @throws CopyError: a disk of that size cannot be stored there so that it stays */
export function checkTarget({ sizeBytes, readOnly, canFlush }: NbdExport, expected: number): void {
  const refused = (why: string, errno: string) => new CopyError('target', 'refused', `The target ${why}`, { errno })
  if (sizeBytes < expected) throw refused(`has ${sizeBytes} bytes, but the disk has ${expected}`, 'ENOSPC')
  if (readOnly) throw refused('is read-only', 'EPERM')
  if (!canFlush) throw refused('knows no FLUSH, so nothing could be known to be stored', 'ENOTSUP')
}
