import { ProblemError } from '#contracts/problem.ts'
import { TokenBucket } from './bucket.ts'
import { type SteadyClock, steadyClock } from './clock.ts'
import { type Limit, LimitFile, shareOf } from './file.ts'

/** What a transfer process asks before each request. */
export interface Limiter {
  /** Null: the bytes may go at once. Otherwise wait for it; it rejects when the process ends or `signal` aborts. */
  take(bytes: number, signal?: AbortSignal): Promise<void> | null
  /** The share of this process now; null: no limit. */
  readonly bytesPerSecond: number | null
}

/**
 * The share of one transfer process in the rate limit of its appliance, followed while it changes.
 * @param file   `limit.json` of the appliance's data directory
 * @param signal ends it: who waits is refused with its reason
 * @throws ProblemError `unavailable` when the limit cannot be read at the start
 */
export function jobLimiter(file: string, signal: AbortSignal, clock: SteadyClock = steadyClock): Limiter & Disposable {
  signal.throwIfAborted()
  const limits = openFile(file, (limit) => share.set(shareOf(limit)))
  const share = new TokenBucket(shareOf(limits.limit), clock)
  const end = () => share.close(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  return {
    take: (bytes, gone) => share.take(bytes, gone),
    get bytesPerSecond() {
      return share.bytesPerSecond
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', end)
      limits[Symbol.dispose]()
      share.close(new Error('the transfer has ended'))
    },
  }
}

function openFile(file: string, changed: (limit: Limit) => void): LimitFile {
  try {
    return new LimitFile(file, changed)
  } catch (cause) {
    throw new ProblemError(limitUnknown(cause), { cause })
  }
}

/** Nobody knows how fast this appliance may send. */
export function limitUnknown(cause: unknown): ProblemError['problem'] {
  const why = cause instanceof Error ? cause.message : String(cause)
  return {
    code: 'unavailable',
    happened: `The rate limit of this appliance cannot be read or written: ${why}`,
    safe: 'Nothing was copied.',
    remedy:
      'Look whether limit.json in the data directory of the appliance can be read and written. Then set the limit of the appliance again, or choose Dial again: the hub tells it anew.',
  }
}
