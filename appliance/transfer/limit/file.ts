import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { limitSchema } from '#contracts/appliance.ts'

/** The limit of an appliance as its daemon writes it, for all transfer processes: `limit.json` in its data directory. */
export const limitFileSchema = limitSchema.extend({
  /** Transfer processes that share it. */
  jobs: z.number().int().min(0).max(100_000),
})
export type Limit = z.infer<typeof limitFileSchema>

/** A file that is longer was not written by us. */
const MOST_BYTES = 4096
/** How often it is looked at when nothing tells of a change: a watch may be out of order, or not be possible. */
const LOOK_MS = 1000

/** What one transfer process may send, in bytes a second; null: no limit. */
export const shareOf = ({ bytesPerSecond, jobs }: Limit): number | null =>
  bytesPerSecond === null ? null : bytesPerSecond / Math.max(1, jobs)

function parse(bytes: Uint8Array, length: number): Limit {
  if (length > MOST_BYTES) throw new Error('the file is too long')
  return limitFileSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))))
}

/** @throws Error when it is not there, cannot be read or is not valid */
export function readLimitNow(file: string): Limit {
  const descriptor = openSync(file, 'r')
  try {
    if (fstatSync(descriptor).size > MOST_BYTES) throw new Error('the file is too long')
    const bytes = new Uint8Array(MOST_BYTES + 1)
    return parse(bytes, readSync(descriptor, bytes))
  } finally {
    closeSync(descriptor)
  }
}

/** @throws Error when it is not there, cannot be read or is not valid */
export async function readLimit(file: string): Promise<Limit> {
  await using handle = await open(file, 'r')
  const bytes = new Uint8Array(MOST_BYTES + 1)
  const { bytesRead } = await handle.read(bytes)
  return parse(bytes, bytesRead)
}

/**
 * Follows the file. One that cannot be read any more changes nothing: the last known limit stays in force.
 * Neither the watch nor the timer keeps the process alive.
 */
export class LimitFile implements Disposable {
  readonly #file: string
  readonly #tell: (limit: Limit) => void
  readonly #end: () => void
  #limit: Limit
  #ended = false
  #looking = false
  #again = false

  /**
   * @param tell called with every other limit than the one before
   * @throws Error when the first look cannot read it: no limit is known then, and none may be guessed
   */
  constructor(file: string, tell: (limit: Limit) => void) {
    this.#file = file
    this.#tell = tell
    this.#limit = readLimitNow(file)
    const timer = setInterval(() => void this.#look(), LOOK_MS)
    timer.unref()
    const unwatch = this.#watch()
    this.#end = () => {
      clearInterval(timer)
      unwatch()
    }
    // What changed between the first look and the watch.
    void this.#look()
  }

  get limit(): Limit {
    return this.#limit
  }

  [Symbol.dispose](): void {
    this.#ended = true
    this.#end()
  }

  /** By directory: the file is replaced by rename. */
  #watch(): () => void {
    try {
      const watcher = watch(path.dirname(this.#file), { persistent: false }, (_event, name) => {
        if (name === null || name === path.basename(this.#file)) void this.#look()
      })
      watcher.on('error', () => watcher.close())
      return () => watcher.close()
    } catch {
      // No watch is left on this host: the timer looks.
      return () => undefined
    }
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true
      return
    }
    this.#looking = true
    try {
      do {
        this.#again = false
        const limit = await readLimit(this.#file).catch(() => null)
        if (this.#ended) return
        const { bytesPerSecond, jobs } = this.#limit
        if (limit === null || (limit.bytesPerSecond === bytesPerSecond && limit.jobs === jobs)) continue
        this.#limit = limit
        this.#tell(limit)
      } while (this.#again)
    } finally {
      this.#looking = false
    }
  }
}
