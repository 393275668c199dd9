import { setImmediate as turn } from 'node:timers/promises'
import type { NbdClient } from './client.ts'
import { NbdError } from './error.ts'

export interface Extent {
  offset: number
  length: number
  /** `data`: does not read as zero, as far as the server knows. */
  kind: 'data' | 'zero'
}

/** Extents of one stretch of a disk, in order and without a gap: length, flags, length, flags … */
export interface ExtentWindow {
  offset: number
  pairs: Uint32Array
}

const BASE = 'base:allocation'
const READS_AS_ZERO = 2
const FIRST_WINDOW = 64 * 1024 * 1024
const LARGEST_WINDOW = 1024 * 1024 * 1024
/** An answer with fewer extents lets the window grow, one with more makes it shrink. */
const FEW = 2048
const MANY = 32_768
/** Extents after which other work of the process has its turn. */
const TURN = 8192

/** True when the flags of an extent mean data: not "reads as zero", or for other contexts: any flag. */
export function isData(context: string, flags: number): boolean {
  return context === BASE ? (flags & READS_AS_ZERO) === 0 : flags !== 0
}

/**
 * Block status of [from, to), rounded out to the export's blocks, window by window: windows are as long as the server's answers allow, so that memory stays constant
 * however many extents a disk has.
 */
export class ExtentWindows {
  readonly #client: NbdClient
  readonly #context: string
  readonly #to: number
  #at: number
  #window = FIRST_WINDOW

  /** @throws NbdError kind `refused`: another context than base:allocation was not agreed on */
  constructor(client: NbdClient, range: { from: number; to: number }, context = BASE) {
    if (!client.export.contexts.has(context) && context !== BASE)
      throw new NbdError('refused', `The NBD server has no ${JSON.stringify(context)} of this export`)
    this.#client = client
    this.#context = context
    this.#at = Math.floor(range.from / client.export.minBlock) * client.export.minBlock
    this.#to = range.to
  }

  /** The next window, null at the end. Without the context base:allocation all is data. @throws NbdError */
  async next(): Promise<ExtentWindow | null> {
    const offset = this.#at
    if (offset >= this.#to) return null
    const length = Math.min(this.#window, this.#to - offset)
    if (!this.#client.export.contexts.has(this.#context)) {
      this.#at += length
      return { offset, pairs: Uint32Array.of(length, 0) }
    }
    const { minBlock, sizeBytes } = this.#client.export
    const asked = Math.min(Math.ceil(length / minBlock) * minBlock, sizeBytes - offset)
    const pairs = (await this.#client.blockStatusPairs(offset, asked)).get(this.#context) as Uint32Array
    let told = 0
    for (let n = 0; n < pairs.length; n += 2) told += pairs[n] as number
    this.#at += told
    if (pairs.length / 2 < FEW) this.#window = Math.min(this.#window * 2, LARGEST_WINDOW)
    else if (pairs.length / 2 > MANY) this.#window = Math.max(this.#window / 2, FIRST_WINDOW / 64)
    return { offset, pairs }
  }
}

/**
 * What of [from, to) holds data, merged neighbours, in constant memory. Of `base:allocation` a hole that does not read as zero counts as
 * data; without that context all is data. Of other contexts (`qemu:allocation-depth`, `qemu:dirty-bitmap:NAME`) data means a flag
 * other than 0, and their absence is an error.
 * @throws NbdError, or the signal's reason
 */
export async function* streamExtents(
  client: NbdClient,
  range: { from: number; to: number },
  options: { context?: string; signal?: AbortSignal } = {},
): AsyncGenerator<Extent> {
  const context = options.context ?? BASE
  const windows = new ExtentWindows(client, range, context)
  let open: Extent | undefined
  let count = 0
  for (let window = await windows.next(); window; window = await windows.next()) {
    options.signal?.throwIfAborted()
    let end = window.offset
    for (let n = 0; n < window.pairs.length && end < range.to; n += 2) {
      const offset = Math.max(end, range.from)
      end += window.pairs[n] as number
      const length = Math.min(end, range.to) - offset
      const kind = isData(context, window.pairs[n + 1] as number) ? 'data' : 'zero'
      if (length <= 0) continue
      if (open?.kind === kind) open.length += length
      else {
        if (open) yield open
        open = { offset, length, kind }
      }
      if (++count % TURN === 0) {
        await turn()
        options.signal?.throwIfAborted()
      }
    }
  }
  if (open) yield open
}
