import path from 'node:path'

export interface DiskFile {
  path: string
  /** Spelled out: probing a raw disk would let its content choose. */
  format: 'raw' | 'qcow2'
}

/** qemu reads `proto:rest` and `-option` in relative names; after a leading slash it takes every character as it is. */
function absolute(file: string): string {
  if (!path.isAbsolute(file)) throw new Error(`image path "${file}" is not absolute`)
  return file
}

export function createArgs(file: string, sizeBytes: number): string[] {
  return ['create', '-q', '-f', 'qcow2', absolute(file), String(sizeBytes)]
}

/** @param options.shared  look although a qemu-nbd holds the image (its memory may be ahead of the file) */
export function infoArgs(file: string, options: { shared: boolean }): string[] {
  return ['info', '--output=json', '-f', 'qcow2', ...(options.shared ? ['-U'] : []), absolute(file)]
}

export function checkArgs(file: string): string[] {
  return ['check', '--output=json', '-f', 'qcow2', absolute(file)]
}

export function mapArgs(file: string): string[] {
  return ['map', '--output=json', '-f', 'qcow2', absolute(file)]
}

export function compareArgs(a: DiskFile, b: DiskFile): string[] {
  return ['compare', '-f', a.format, '-F', b.format, absolute(a.path), absolute(b.path)]
}
