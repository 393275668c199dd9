import { setTimeout as delay } from 'node:timers/promises'

const LONGEST_PAUSE_MS = 1000

/** Resolves after `ms` milliseconds, or rejects at once when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal })
}

/**
 * Asks `condition` until it answers something other than null, undefined or false.
 * @param options.deadlineMs  give up after this many milliseconds: resolves to null
 * @param options.everyMs     pause between two questions (default 10 ms); never shorter than four times what the question took, up to a
 *   second, so that waiting leaves a busy machine its time and one question that hung does not cost the deadline
 */
export async function waitFor<T>(
  condition: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { deadlineMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<T | null> {
  const end = performance.now() + options.deadlineMs
  for (;;) {
    options.signal?.throwIfAborted()
    const asked = performance.now()
    const value = await condition()
    if (value !== null && value !== undefined && value !== false) return value
    const now = performance.now()
    if (now >= end) return null
    await sleep(Math.max(options.everyMs ?? 10, Math.min(4 * (now - asked), LONGEST_PAUSE_MS)), options.signal)
  }
}
