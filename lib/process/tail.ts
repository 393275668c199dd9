import { open } from 'node:fs/promises'

/** Keeps the last lines of a stream in bounded memory. */
export class LineTail {
  readonly #max: number
  #lines: string[] = []
  #rest = ''
  constructor(max = 50) {
    this.#max = max
  }
  push(chunk: Buffer | string): void {
    const parts = (this.#rest + chunk.toString()).split('\n')
    this.#rest = (parts.pop() ?? '').slice(-2000)
    this.#lines.push(...parts.filter((line) => line !== '').map((line) => line.slice(0, 2000)))
    if (this.#lines.length > this.#max) this.#lines = this.#lines.slice(-this.#max)
  }
  lines(): string[] {
    return (this.#rest === '' ? this.#lines : [...this.#lines, this.#rest]).slice(-this.#max)
  }
}

/** The last lines of a file (at most 16 KiB are read); empty when there is no file. */
export async function tailFile(path: string, max = 50): Promise<string[]> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    const length = Math.min(size, 16_384)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const tail = new LineTail(max)
    tail.push(buffer)
    return tail.lines()
  } catch {
    return []
  }
}
