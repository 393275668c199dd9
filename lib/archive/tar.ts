const BLOCK = 512

export interface TarFile {
  /** At most 100 bytes, no leading slash. */
  name: string
  content: Buffer
  /** Milliseconds since 1970. */
  modifiedAt: number
}

function header({ name, content, modifiedAt }: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK)
  if (Buffer.byteLength(name) > 100 || name.startsWith('/')) throw new Error(`tar: the name "${name}" does not fit`)
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'ascii')
  block.write(name, 0)
  octal(0o600, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(content.length, 124, 12)
  octal(Math.floor(modifiedAt / 1000), 136, 12)
  block.fill(' ', 148, 156)
  block.write('0', 156)
  block.write('ustar\0', 257)
  block.write('00', 263)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii')
  return block
}

/** The chunks of a tar archive (POSIX ustar) of plain files, in order. */
export function* tarChunks(files: Iterable<TarFile>): Generator<Buffer> {
  for (const file of files) {
    yield header(file)
    yield file.content
    const rest = file.content.length % BLOCK
    if (rest > 0) yield Buffer.alloc(BLOCK - rest)
  }
  yield Buffer.alloc(2 * BLOCK)
}
