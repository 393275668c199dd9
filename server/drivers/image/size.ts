/** qemu's sector: sizes of images are whole sectors. */
const SECTOR = 512

/** The virtual size qemu-img gives an image for so many source bytes: the next whole sector. */
export function virtualSizeFor(sizeBytes: number): number {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new Error(`${sizeBytes} is not a size in bytes`)
  return Math.ceil(sizeBytes / SECTOR) * SECTOR
}
