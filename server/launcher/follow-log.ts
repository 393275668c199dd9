import { open, stat } from 'node:fs/promises'
import { sleep } from '#lib/async/wait.ts'

const PERIOD_MS = 200
const MAX_READ = 1024 * 1024

/**
 * Hands on each line that is appended to a file from now on, until the signal aborts. Programs write to files, not to
 * us, because a pipe to a killed launcher would end them; so following is a matter of reading.
 */
export async function followLog(file: string, line: (text: string) => void, signal: AbortSignal): Promise<void> {
  let position = await stat(file).then(
    ({ size }) => size,
    () => 0,
  )
  let rest = ''
  while (!signal.aborted) {
    await sleep(PERIOD_MS, signal).catch(() => undefined)
    const size = await stat(file).then(
      (entry) => entry.size,
      () => 0,
    )
    // A shorter file is a new one (rotated).
    if (size < position) position = 0
    if (size === position) continue
    await using handle = await open(file, 'r')
    const length = Math.min(size - position, MAX_READ)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
    position += bytesRead
    const lines = (rest + buffer.subarray(0, bytesRead).toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) line(text)
  }
}
