import type tls from 'node:tls'
import { addressText, type NbdAddress } from './address.ts'
import { Channel } from './channel.ts'
import { NbdError, violation } from './error.ts'
import { type NbdExport, Negotiation } from './negotiation.ts'
import { ReplyParser, type ServerError } from './replies.ts'
import { COMMAND, COMMAND_FLAG, COMMAND_NAMES, encodeRequest } from './wire.ts'

export type { NbdExport } from './negotiation.ts'

export interface NbdConnectOptions {
  address: NbdAddress
  exportName: string
  /** Given: TLS is demanded. For PSK: `pskCallback`, `ciphers` and `checkServerIdentity`. */
  tls?: tls.ConnectionOptions | null
  /** Metadata contexts to ask for, such as `base:allocation`; none by default. */
  contexts?: readonly string[]
  /** For connecting and agreeing on options, default 10 s. */
  timeoutMs?: number
  signal?: AbortSignal
}

type Extents = ReadonlyMap<string, Uint32Array>

const DEFAULT_TIMEOUT_MS = 10_000
const DISCONNECT_MS = 2000
/** Longest zeroing in one request: a power of two below 2^32. */
const MAX_ZEROES = 1024 * 1024 * 1024
const MAX_STATUS = 0xffff_0000
const ZEROES = Buffer.alloc(1024 * 1024)

/** One connection to an NBD server. Requests go out at once, in order; answers come in any order. */
export class NbdClient implements AsyncDisposable {
  readonly export: NbdExport
  /** Resolves (never rejects) when the connection has ended: null after {@link disconnect}, else why. */
  readonly ended: Promise<NbdError | null>
  readonly #channel: Channel
  readonly #parser: ReplyParser
  readonly #name: string
  #cookie = 0
  #failure: NbdError | null = null
  #leaving = false

  private constructor(channel: Channel, agreed: Negotiation, name: string) {
    this.export = agreed.result()
    this.#channel = channel
    this.#name = name
    const parser = new ReplyParser(agreed.structured, agreed.contextIds)
    this.#parser = parser
    channel.receiver = {
      room: () => parser.room(),
      get scratchBytes() {
        return parser.headBytes
      },
      received: (bytes) => parser.received(bytes),
      took: (chunk) => parser.feed(chunk),
    }
    this.ended = channel.closed.then((error) => this.#over(error))
  }

  /**
   * Connects and agrees on options.
   * @throws NbdError kind `connect`, `refused`, `protocol`, `closed`, `timeout` or `aborted`
   */
  static async connect(options: NbdConnectOptions): Promise<NbdClient> {
    const name = addressText(options.address)
    const { promise: stopped, reject: stop } = Promise.withResolvers<never>()
    stopped.catch(() => {})
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const late = () => stop(new NbdError('timeout', `The NBD server at ${name} did not answer within ${timeoutMs} ms`))
    const abort = () => stop(new NbdError('aborted', 'Connecting was cancelled', { cause: options.signal?.reason }))
    const timer = setTimeout(late, timeoutMs)
    options.signal?.addEventListener('abort', abort, { once: true })
    if (options.signal?.aborted) abort()
    const opening = Channel.open(options.address, { upgradable: Boolean(options.tls) })
    let channel: Channel | null = null
    try {
      channel = await Promise.race([opening, stopped])
      const agreed = await Promise.race([negotiate(channel, options, name), stopped])
      return new NbdClient(channel, agreed, name)
    } catch (error) {
      channel?.destroy()
      opening.then(
        (late) => late.destroy(),
        () => {},
      )
      throw error
    } finally {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
    }
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#parser.size
  }
  /** Bytes in Node's buffers that the kernel has not taken; falls when a whole write was taken. */
  get queuedBytes(): number {
    return this.#channel.queuedBytes
  }
  get receivedBytes(): number {
    return this.#channel.receivedBytes
  }
  get sentBytes(): number {
    return this.#channel.sentBytes
  }
  /** Null for a unix socket. */
  get localPort(): number | null {
    return this.#channel.localPort
  }

  /**
   * Fills `into` with the bytes from `offset`; resolves when every byte is there. Holes come back as zeros. `into` belongs to the
   * client until then.
   * @throws NbdError; the rest of this class likewise
   */
  read(offset: number, into: Buffer): Promise<void> {
    const { minBlock, maxBlock } = this.export
    const wrong = this.#outside(COMMAND.read, offset, into.length)
    if (wrong) return Promise.reject(wrong)
    if (into.length === 0) return Promise.resolve()
    if (!this.#aligned(offset, into.length)) return this.#readAround(offset, into)
    if (into.length <= maxBlock) return this.#submit(COMMAND.read, 0, offset, into.length, { into }).then(nothing)
    const step = Math.floor(maxBlock / minBlock) * minBlock
    return this.#parts(into.length, step, (at, length) => this.read(offset + at, into.subarray(at, at + length)))
  }

  /** Reads whole blocks where the ends of a request lie within one. */
  async #readAround(offset: number, into: Buffer): Promise<void> {
    const { minBlock, sizeBytes } = this.export
    const end = offset + into.length
    const first = Math.ceil(offset / minBlock) * minBlock
    const last = Math.floor(end / minBlock) * minBlock
    const block = async (from: number, to: number) => {
      const start = Math.floor(from / minBlock) * minBlock
      const whole = Buffer.allocUnsafe(Math.min(Math.ceil(to / minBlock) * minBlock, sizeBytes) - start)
      await this.read(start, whole)
      whole.copy(into, from - offset, from - start, to - start)
    }
    if (first >= last) return block(offset, end)
    await all([
      ...(offset < first ? [block(offset, first)] : []),
      this.read(first, into.subarray(first - offset, last - offset)),
      ...(last < end ? [block(last, end)] : []),
    ])
  }

  /**
   * Writes one buffer, or several one after the other without copying them; they must not change until it resolved. Offset and
   * length must be multiples of the export's smallest block, unless the end is the export's end.
   */
  write(offset: number, data: Buffer | readonly Buffer[], options: { fua?: boolean } = {}): Promise<void> {
    const list = Buffer.isBuffer(data) ? [data] : data
    let length = 0
    for (const buffer of list) length += buffer.length
    const wrong = this.#unwritable(COMMAND.write, offset, length, options.fua)
    if (wrong) return Promise.reject(wrong)
    if (length === 0) return Promise.resolve()
    const flags = options.fua ? COMMAND_FLAG.fua : 0
    const { maxBlock } = this.export
    if (length <= maxBlock) return this.#submit(COMMAND.write, flags, offset, length, { data: list }).then(nothing)
    return this.#parts(length, maxBlock, (at, part) => this.write(offset + at, slice(list, at, at + part), options))
  }

  /**
   * Makes a range read as zeros; a server that knows no such request is sent zeros.
   * @param options.punch  it may be deallocated
   * @param options.fast   only if that is faster than writing zeros, else the error ENOTSUP
   */
  writeZeroes(offset: number, length: number, options: { punch?: boolean; fast?: boolean } = {}): Promise<void> {
    const wrong = this.#unwritable(COMMAND.writeZeroes, offset, length)
    if (wrong) return Promise.reject(wrong)
    if (length === 0) return Promise.resolve()
    const { canWriteZeroes, canFastZero } = this.export
    if (options.fast && !(canWriteZeroes && canFastZero))
      return Promise.reject(this.#refusal(COMMAND.writeZeroes, offset, 'ENOTSUP', 'it cannot zero quickly'))
    if (!canWriteZeroes) return this.#writeBytesOfZero(offset, length)
    const flags = (options.punch ? 0 : COMMAND_FLAG.noHole) | (options.fast ? COMMAND_FLAG.fastZero : 0)
    return this.#parts(length, MAX_ZEROES, (at, part) =>
      this.#submit(COMMAND.writeZeroes, flags, offset + at, part).then(nothing),
    )
  }

  async #writeBytesOfZero(offset: number, length: number): Promise<void> {
    const step = Math.min(this.export.maxBlock, ZEROES.length)
    for (let at = 0; at < length; at += step)
      await this.write(offset + at, ZEROES.subarray(0, Math.min(step, length - at)))
  }

  /** Resolves when everything that was acknowledged on this connection (on any, with `multiConn`) is on stable storage. */
  flush(): Promise<void> {
    if (!this.export.canFlush) return Promise.reject(this.#refusal(COMMAND.flush, 0, 'ENOTSUP', 'it knows no FLUSH'))
    return this.#submit(COMMAND.flush, 0, 0, 0).then(nothing)
  }

  /** Extents from `offset` per agreed context, as the server gave them, at least one each, clipped to the request. */
  async blockStatus(
    offset: number,
    length: number,
  ): Promise<ReadonlyMap<string, readonly { length: number; flags: number }[]>> {
    const answer = new Map<string, { length: number; flags: number }[]>()
    for (const [context, pairs] of await this.blockStatusPairs(offset, length)) {
      const extents = []
      for (let n = 0; n < pairs.length; n += 2)
        extents.push({ length: pairs[n] as number, flags: pairs[n + 1] as number })
      answer.set(context, extents)
    }
    return answer
  }

  /** {@link blockStatus} in the compact form: length, flags, length, flags … At most a million extents. */
  async blockStatusPairs(offset: number, length: number): Promise<Extents> {
    const asked = Math.min(length, Math.floor(MAX_STATUS / this.export.minBlock) * this.export.minBlock)
    const wrong =
      this.#outside(COMMAND.blockStatus, offset, asked) ??
      (asked === 0 ? this.#refusal(COMMAND.blockStatus, offset, 'EINVAL', 'the range is empty') : null) ??
      (this.export.contexts.size > 0
        ? null
        : this.#refusal(COMMAND.blockStatus, offset, 'ENOTSUP', 'no metadata context was agreed on'))
    if (wrong) throw wrong
    return (await this.#submit(COMMAND.blockStatus, 0, offset, asked)) as Extents
  }

  /** Tells the server that this is the end, and waits for it; 2 s at most. */
  async disconnect(): Promise<void> {
    if (!this.#failure && !this.#leaving) {
      this.#leaving = true
      this.#channel.send(encodeRequest(COMMAND.disconnect, 0, ++this.#cookie, 0, 0))
      this.#channel.end()
    }
    const timer = setTimeout(() => this.#channel.destroy(), DISCONNECT_MS)
    await this.ended
    clearTimeout(timer)
  }

  /** Ends the connection at once; every request without an answer rejects. */
  destroy(reason = 'the connection was given up'): void {
    if (!this.#leaving) this.#fail(new NbdError('aborted', `The connection to ${this.#name} was ended: ${reason}`))
    this.#channel.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect()
  }

  #fail(error: NbdError): void {
    this.#failure ??= error
    for (const waiting of this.#parser.drain()) waiting.fail(this.#failure)
  }

  #over(error: Error | null): NbdError | null {
    const left = this.#leaving && !this.#failure && !(error instanceof NbdError)
    const why = this.#failure ?? (error instanceof NbdError ? error : closedError(this.#name, error))
    this.#fail(why)
    return left ? null : why
  }

  #refusal(command: number, offset: number, errno: string, words: string): NbdError {
    const name = COMMAND_NAMES[command] ?? 'request'
    const message = `The NBD server at ${this.#name} cannot do a ${name} at ${offset}: ${words}`
    return new NbdError('io', message, { errno, command: name, offset })
  }

  #outside(command: number, offset: number, length: number): NbdError | null {
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
    if (inside && offset + length <= this.export.sizeBytes) return null
    return this.#refusal(command, offset, 'EINVAL', `its export has ${this.export.sizeBytes} bytes`)
  }

  #aligned(offset: number, length: number): boolean {
    const { minBlock, sizeBytes } = this.export
    return minBlock === 1 || (offset % minBlock === 0 && (length % minBlock === 0 || offset + length === sizeBytes))
  }

  #unwritable(command: number, offset: number, length: number, fua = false): NbdError | null {
    if (this.export.readOnly) return this.#refusal(command, offset, 'EPERM', 'its export is read-only')
    if (fua && !this.export.canFua) return this.#refusal(command, offset, 'ENOTSUP', 'it knows no FUA')
    if (!this.#aligned(offset, length))
      return this.#refusal(command, offset, 'EINVAL', `it takes whole blocks of ${this.export.minBlock} bytes`)
    return this.#outside(command, offset, length)
  }

  #submit(
    type: number,
    flags: number,
    offset: number,
    length: number,
    with_: { into?: Buffer; data?: readonly Buffer[] } = {},
  ): Promise<Extents | null> {
    return new Promise((resolve, reject) => {
      if (this.#failure || this.#leaving) {
        reject(this.#failure ?? closedError(this.#name, null))
        return
      }
      const cookie = ++this.#cookie
      const settle = (error: ServerError | null, extents: Extents | null) =>
        error ? reject(this.#answer(type, offset, error)) : resolve(extents)
      this.#parser.expect({ cookie, type, offset, length, into: with_.into ?? null, settle, fail: reject })
      const header = encodeRequest(type, flags, cookie, offset, length)
      if (with_.data) this.#channel.send(header, ...with_.data)
      else this.#channel.send(header)
    })
  }

  #answer(type: number, offset: number, error: ServerError): NbdError {
    const command = COMMAND_NAMES[type] ?? 'request'
    const at = error.offset ?? offset
    const words = error.words === '' ? '' : ` (${error.words})`
    const message = `The NBD server at ${this.#name} answered a ${command} at ${at} with ${error.errno}${words}`
    return new NbdError('io', message, { errno: error.errno, command, offset: at })
  }

  /** Cuts a request and waits for every part, also when one failed: buffers are the caller's again only then. */
  #parts(length: number, step: number, part: (at: number, length: number) => Promise<void>): Promise<void> {
    if (length <= step) return part(0, length)
    const parts: Promise<void>[] = []
    for (let at = 0; at < length; at += step) parts.push(part(at, Math.min(step, length - at)))
    return all(parts)
  }
}

function nothing(): void {}

async function all(parts: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(parts)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

function slice(list: readonly Buffer[], from: number, to: number): Buffer[] {
  const found: Buffer[] = []
  let start = 0
  for (const buffer of list) {
    const part = buffer.subarray(Math.max(0, from - start), Math.max(0, to - start))
    if (part.length > 0) found.push(part)
    start += buffer.length
  }
  return found
}

function closedError(name: string, cause: Error | null): NbdError {
  const errno = (cause as NodeJS.ErrnoException | null)?.code ?? null
  const why = cause ? `: ${cause.message}` : ''
  return new NbdError('closed', `The connection to the NBD server at ${name} has ended${why}`, { errno, cause })
}

/** Agrees on options over a connected channel. */
function negotiate(channel: Channel, options: NbdConnectOptions, name: string): Promise<Negotiation> {
  const { exportName, contexts = [] } = options
  const agreed = new Negotiation({ exportName, tls: Boolean(options.tls), contexts })
  const { promise, resolve, reject } = Promise.withResolvers<Negotiation>()
  const took = (chunk: Buffer) => {
    const used = agreed.feed(chunk)
    for (const bytes of agreed.takeOutput()) channel.send(bytes)
    // Nothing may come before it was asked for; in front of TLS it could have been slipped in by somebody else.
    if (used < chunk.length) throw violation('it sent bytes that were not asked for')
    if (agreed.done) resolve(agreed)
    else if (agreed.awaitsTls) secure().catch(reject)
  }
  const secure = async () => {
    await channel.secure(options.tls ?? {})
    agreed.secured()
    for (const bytes of agreed.takeOutput()) channel.send(bytes)
  }
  channel.receiver = { room: () => null, scratchBytes: 0, received: () => {}, took }
  channel.closed.then((error) => reject(error instanceof NbdError ? error : closedError(name, error))).catch(() => {})
  return promise
}

/** The facts of an export: connects, and leaves again. @throws NbdError */
export async function probeNbd(options: NbdConnectOptions): Promise<NbdExport> {
  await using client = await NbdClient.connect(options)
  return client.export
}
