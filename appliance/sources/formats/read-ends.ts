import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { toolEnv } from '#lib/process/run.ts'
import { HEAD_BYTES, TAIL_BYTES } from './looks.ts'

/** First and last bytes of a file of a known size. */
export async function fileEnds(handle: FileHandle, sizeBytes: number): Promise<{ head: Buffer; tail: Buffer }> {
  return {
    head: await bytesAt(handle, 0, HEAD_BYTES),
    tail: await bytesAt(handle, Math.max(0, sizeBytes - TAIL_BYTES), TAIL_BYTES),
  }
}

/** Exactly `length` bytes, or fewer at the end of the file. */
export async function bytesAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await handle.read(buffer, got, length - got, offset + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return buffer.subarray(0, got)
}

/** Opens a regular file or device that was looked at before; a FIFO that took its place meanwhile does not hold us up. */
export const openToRead = (path: string) => open(path, constants.O_RDONLY | constants.O_NONBLOCK)

/** A device's first and last bytes, past the page cache, which may hold what is no longer there. */
export async function deviceEnds(path: string, sizeBytes: number): Promise<{ head: Buffer; tail: Buffer }> {
  const last = Math.max(0, Math.floor((sizeBytes - 1) / HEAD_BYTES))
  const [head, end] = [await directBlock(path, 0), await directBlock(path, last)]
  return { head, tail: end.subarray(Math.max(0, end.length - TAIL_BYTES)) }
}

/** Node cannot align a buffer as O_DIRECT wants it; dd does. */
function directBlock(path: string, index: number): Promise<Buffer> {
  const args = [`if=${path}`, 'iflag=direct', `bs=${HEAD_BYTES}`, `skip=${index}`, 'count=1', 'status=none']
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer' as const, env: toolEnv(), timeout: 20_000, maxBuffer: 1024 * 1024 }
    execFile('dd', args, options, (error, stdout, stderr) => {
      if (error)
        reject(new Error(`${path} cannot be read past the cache: ${stderr.toString().trim() || error.message}`))
      else resolve(stdout)
    })
  })
}
