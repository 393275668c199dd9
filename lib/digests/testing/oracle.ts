import { createHash } from 'node:crypto'

const sha256 = (...parts: (Buffer | string)[]) =>
  parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest()

/** The leaves of a raw disk, by another way than the product's. @param isHole  leaves that the source calls holes */
export function rawLeaves(raw: Buffer, isHole: (leaf: number) => boolean = () => false): Buffer[] {
  const leaves: Buffer[] = []
  for (let at = 0; at < raw.length; at += 65536) {
    const bytes = raw.subarray(at, at + 65536)
    const zeros = bytes.every((byte) => byte === 0)
    if (zeros) leaves.push(Buffer.from((isHole(at / 65536) ? '00' : '01').padStart(64, '0'), 'hex'))
    else leaves.push(sha256(bytes))
  }
  return leaves
}

/** A map's file from docs/formats.md, by another way than the product's. */
export function mapFile(
  leaves: readonly Buffer[],
  sizeBytes: number,
  logical = 0,
  physical = 0,
): { file: Buffer; root: string } {
  const pages = Array.from({ length: Math.ceil(leaves.length / 256) }, (_, page) =>
    Buffer.concat([...leaves.slice(page * 256, page * 256 + 256), Buffer.alloc(8192)], 8192),
  )
  const table = Buffer.concat(pages.map((page) => (page.every((byte) => byte === 0) ? Buffer.alloc(32) : sha256(page))))
  const header = Buffer.alloc(4096)
  const pagesOffset = 4096 + Math.ceil(table.length / 4096) * 4096
  const view = new DataView(header.buffer, header.byteOffset)
  header.write('SNDSDMAP')
  for (const [at, value] of [
    [8, 1],
    [12, 1],
    [32, 65536],
    [36, 256],
    [48, logical],
    [52, physical],
  ] as const)
    view.setUint32(at, value)
  for (const [at, value] of [
    [40, sizeBytes],
    [64, 4096],
    [72, pages.length],
    [80, pagesOffset],
  ] as const)
    view.setBigUint64(at, BigInt(value))
  const file = Buffer.concat([Buffer.concat([header, table, Buffer.alloc(4096)], pagesOffset), ...pages])
  return { file, root: sha256('sendense digest map root v1\0', header, table).toString('hex') }
}
