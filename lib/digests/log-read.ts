import { open } from 'node:fs/promises'
import { orUnreadable } from './error.ts'
import { DigestLogParser, type LogRecord } from './log-format.ts'

const PIECE_BYTES = 1_048_576

/**
 * The records of a log's file, in constant memory.
 * @throws DigestError `log_unreadable`, `log_damaged`
 */
export async function* readDigestLog(
  file: string,
  options: { leaves: number; tail?: 'refuse' | 'tolerate'; signal?: AbortSignal; onBytes?: (read: number) => void },
): AsyncGenerator<LogRecord> {
  const reading = <T>(work: () => Promise<T>) => orUnreadable('log_unreadable', `The digest log ${file}`, work)
  await using handle = await reading(() => open(file, 'r'))
  const parser = new DigestLogParser(options.leaves)
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (let at = 0; ; ) {
    options.signal?.throwIfAborted()
    const { bytesRead } = await reading(() => handle.read(piece, 0, PIECE_BYTES, at))
    if (bytesRead === 0) break
    yield* parser.push(piece.subarray(0, bytesRead))
    at += bytesRead
    options.onBytes?.(at)
  }
  parser.end(options.tail ?? 'refuse')
}
