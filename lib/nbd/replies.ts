import { Coverage } from './coverage.ts'
import { serverWords, violation } from './error.ts'
import { CHUNK, COMMAND, errnoName, LIMIT, readUint53, SIMPLE_REPLY } from './wire.ts'

/** An error that the server gave as the answer to a request. */
export interface ServerError {
  errno: string
  words: string
  /** The byte it names. */
  offset: number | null
}

/** A request without an answer. */
export interface Expected {
  readonly cookie: number
  readonly type: number
  /** On the disk. */
  readonly offset: number
  readonly length: number
  /** Where a read's bytes go: exactly `length` bytes. */
  readonly into: Buffer | null
  /** Called once: with the server's error, or null. Extents are given by context, as length, flags, length, flags … */
  readonly settle: (error: ServerError | null, extents: ReadonlyMap<string, Uint32Array> | null) => void
  /** Called instead when the connection ended without an answer. */
  readonly fail: (error: Error) => void
}

interface Waiting extends Expected {
  coverage: Coverage | null
  extents: Map<string, Uint32Array> | null
  error: ServerError | null
  errors: number
}

type State = 'head' | 'offset' | 'data' | 'body'

const NOTHING = Buffer.alloc(0)
const OFFSET_BYTES = 8
const MAX_ERROR_BODY = 6 + LIMIT.string + 8
const MAX_STATUS_BODY = 4 + 8 * LIMIT.extents

/**
 * Answers of a server in the transmission phase, as a machine that is fed bytes in any portions: it does no I/O. Bytes of reads go
 * straight into the buffers of their requests. Holds at most one body of 8 MiB (block status), and nothing that was not checked.
 */
export class ReplyParser {
  readonly #structured: boolean
  readonly #contexts: ReadonlyMap<number, string>
  readonly #waiting = new Map<number, Waiting>()
  #reads = 0
  #state: State = 'head'
  readonly #head = Buffer.alloc(CHUNK.bytes + OFFSET_BYTES)
  #have = 0
  #need = 4
  #current: Waiting | null = null
  #chunkType = 0
  #chunkDone = false
  #chunkLength = 0
  #at = 0
  #end = 0
  /** Where the bytes of this chunk go: the buffer of a read, or a body of our own. */
  #target: Buffer = NOTHING
  #broken: Error | null = null

  /** @param contexts  ids of the contexts that were agreed on */
  constructor(structured: boolean, contexts: ReadonlyMap<number, string> = new Map()) {
    this.#structured = structured
    this.#contexts = contexts
  }

  /** Requests without an answer. */
  get size(): number {
    return this.#waiting.size
  }

  /** A request is about to be sent. Its cookie must not be in use. */
  expect(request: Expected): void {
    const reads = request.type === COMMAND.read
    if (reads) this.#reads += 1
    this.#waiting.set(request.cookie, {
      ...request,
      coverage: reads && this.#structured ? new Coverage() : null,
      extents: null,
      error: null,
      errors: 0,
    })
  }

  /** Forgets and returns what has no answer: the connection has ended. */
  drain(): Expected[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#current = null
    this.#broken ??= violation('the connection has ended')
    return all
  }

  /**
   * Where the next bytes of the stream belong when they are bytes of a read: a receiver may put them there itself and call
   * {@link received}. Null: they must go through {@link feed}.
   */
  room(): Buffer | null {
    if (this.#state !== 'data' || this.#broken) return null
    return this.#target.subarray(this.#at, this.#end)
  }

  /**
   * How many bytes a receiver should ask for when it wants the bytes of reads to come directly into place: up to the end of the
   * next header. 0: no read is expected, any number will do.
   */
  get headBytes(): number {
    return this.#reads === 0 || this.#state === 'body' ? 0 : this.#head.length - this.#have
  }

  /** `bytes` were put into {@link room}. */
  received(bytes: number): void {
    if (this.#broken) throw this.#broken
    if (this.#state !== 'data' || bytes > this.#end - this.#at) throw new Error('more bytes than there was room')
    this.#at += bytes
    if (this.#at === this.#end) this.#guarded(() => this.#chunkEnded())
  }

  /**
   * Takes the bytes [from, to) of `chunk`.
   * @throws NbdError kind `protocol`; the parser takes nothing any more
   */
  feed(chunk: Buffer, from = 0, to = chunk.length): void {
    if (this.#broken) throw this.#broken
    this.#guarded(() => {
      let at = from
      while (at < to && !this.#broken) at += this.#take(chunk, at, to)
    })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#broken ??= error as Error
      throw error
    }
  }

  #take(chunk: Buffer, from: number, to: number): number {
    if (this.#state === 'data' || this.#state === 'body') {
      const n = Math.min(this.#end - this.#at, to - from)
      chunk.copy(this.#target, this.#at, from, from + n)
      this.#at += n
      if (this.#at < this.#end) return n
      if (this.#state === 'data') this.#chunkEnded()
      else this.#bodyEnded()
      return n
    }
    const n = Math.min(this.#need - this.#have, to - from)
    chunk.copy(this.#head, this.#have, from, from + n)
    this.#have += n
    if (this.#have < this.#need) return n
    if (this.#state === 'offset') this.#dataBegins()
    else if (this.#need === 4) this.#magic()
    else if (this.#need === SIMPLE_REPLY.bytes) this.#simple()
    else this.#chunk()
    return n
  }

  #next(): void {
    this.#state = 'head'
    this.#have = 0
    this.#need = 4
    this.#current = null
    this.#target = NOTHING
  }

  #magic(): void {
    const magic = this.#head.readUInt32BE(0)
    if (magic === SIMPLE_REPLY.magic) this.#need = SIMPLE_REPLY.bytes
    else if (magic === CHUNK.magic && this.#structured) this.#need = CHUNK.bytes
    else throw violation('an answer has no magic')
  }

  #find(at: number): Waiting {
    const waiting = this.#waiting.get(readUint53(this.#head, at))
    if (!waiting) throw violation('it answered a request that was not made')
    return waiting
  }

  #simple(): void {
    const value = this.#head.readUInt32BE(4)
    const waiting = this.#find(8)
    const { type } = waiting
    if (value !== 0) {
      if (waiting.coverage?.isWhole(0) === false || waiting.extents) throw violation('it mixed two forms of an answer')
      waiting.error ??= { errno: errnoName(value), words: '', offset: null }
      this.#next()
      this.#settle(waiting)
      return
    }
    if (type === COMMAND.blockStatus || (type === COMMAND.read && this.#structured) || waiting.errors > 0)
      throw violation('an answer has the wrong form')
    if (type !== COMMAND.read) {
      this.#next()
      this.#settle(waiting)
      return
    }
    this.#current = waiting
    this.#chunkDone = true
    this.#beginData(0, waiting.length)
  }

  #chunk(): void {
    const head = this.#head
    const waiting = this.#find(8)
    const type = head.readUInt16BE(6)
    const length = head.readUInt32BE(16)
    this.#current = waiting
    this.#chunkType = type
    this.#chunkDone = (head.readUInt16BE(4) & CHUNK.done) !== 0
    this.#chunkLength = length
    switch (type) {
      case CHUNK.none:
        if (length !== 0 || !this.#chunkDone) throw violation('an empty answer is not empty')
        this.#chunkEnded()
        return
      case CHUNK.data:
        if (waiting.type !== COMMAND.read) throw violation('it sent data that was not asked for')
        if (length <= OFFSET_BYTES || length - OFFSET_BYTES > waiting.length)
          throw violation(`it sent ${length} bytes for a read of ${waiting.length}`)
        this.#state = 'offset'
        this.#need = CHUNK.bytes + OFFSET_BYTES
        return
      case CHUNK.hole:
        if (waiting.type !== COMMAND.read || length !== 12) throw violation('a hole has the wrong form')
        break
      case CHUNK.blockStatus:
        if (waiting.type !== COMMAND.blockStatus || length < 12 || length > MAX_STATUS_BODY || (length - 4) % 8 !== 0)
          throw violation('a block status has the wrong form')
        break
      default:
        if (type < CHUNK.error || length < 6 || length > MAX_ERROR_BODY)
          throw violation(`it sent an answer of type ${type} and ${length} bytes`)
    }
    this.#beginBody(length)
  }

  /** Place of [offset, offset + length) in the current read, checked and marked as arrived. */
  #claim(offset: number, length: number): number {
    const waiting = this.#current as Waiting
    const from = offset - waiting.offset
    if (!(from >= 0 && length > 0 && from + length <= waiting.length))
      throw violation('it sent bytes outside of a read')
    const wrong = waiting.coverage?.take(from, from + length)
    if (wrong) throw violation(wrong)
    return from
  }

  #dataBegins(): void {
    const length = this.#chunkLength - OFFSET_BYTES
    this.#beginData(this.#claim(readUint53(this.#head, CHUNK.bytes), length), length)
  }

  #beginData(at: number, length: number): void {
    this.#state = 'data'
    this.#target = (this.#current as Waiting).into as Buffer
    this.#at = at
    this.#end = at + length
  }

  #beginBody(length: number): void {
    this.#state = 'body'
    this.#target = Buffer.from(new ArrayBuffer(length))
    this.#at = 0
    this.#end = length
  }

  #bodyEnded(): void {
    const body = this.#target
    const waiting = this.#current as Waiting
    if (this.#chunkType === CHUNK.hole) {
      const length = body.readUInt32BE(8)
      const at = this.#claim(readUint53(body, 0), length)
      ;(waiting.into as Buffer).fill(0, at, at + length)
    } else if (this.#chunkType === CHUNK.blockStatus) this.#status(waiting, body)
    else this.#error(waiting, body)
    this.#chunkEnded()
  }

  #status(waiting: Waiting, body: Buffer): void {
    const context = this.#contexts.get(body.readUInt32BE(0))
    if (context === undefined) throw violation('it told of a metadata context that was not agreed on')
    waiting.extents ??= new Map()
    if (waiting.extents.has(context)) throw violation('it told of a metadata context twice')
    const count = (body.length - 4) / 8
    body.subarray(4).swap32()
    const pairs = new Uint32Array(body.buffer, body.byteOffset + 4, 2 * count)
    let total = 0
    for (let n = 0; n < count; n++) {
      const length = pairs[2 * n] as number
      if (length === 0) throw violation('an extent is empty')
      if (total >= waiting.length) throw violation('its extents go beyond the request')
      total += length
    }
    // Only the last one may go further than was asked.
    if (total > waiting.length) pairs[2 * (count - 1)] = (pairs[2 * (count - 1)] as number) - (total - waiting.length)
    waiting.extents.set(context, pairs)
  }

  #error(waiting: Waiting, body: Buffer): void {
    const value = body.readUInt32BE(0)
    const known = this.#chunkType === CHUNK.plainError || this.#chunkType === CHUNK.errorAt
    const message = known ? body.readUInt16BE(4) : 0
    const expected = this.#chunkType === CHUNK.errorAt ? 14 + message : 6 + message
    if (value === 0 || message > LIMIT.string || (known && body.length !== expected))
      throw violation('an error has the wrong form')
    if (++waiting.errors > LIMIT.errors) throw violation('it does not stop sending errors')
    let offset: number | null = null
    if (this.#chunkType === CHUNK.errorAt) {
      offset = readUint53(body, 6 + message)
      if (!(offset >= waiting.offset && offset < waiting.offset + Math.max(waiting.length, 1)))
        throw violation('an error lies outside of its request')
    }
    waiting.error ??= { errno: errnoName(value), words: serverWords(body.subarray(6, 6 + message)), offset }
  }

  #chunkEnded(): void {
    const waiting = this.#current as Waiting
    const last = this.#chunkDone
    this.#next()
    if (!last) return
    if (waiting.error === null) {
      if (waiting.coverage?.isWhole(waiting.length) === false) throw violation('it left out bytes of a read')
      if (waiting.type === COMMAND.blockStatus && waiting.extents?.size !== this.#contexts.size)
        throw violation('it left out a metadata context')
    }
    this.#settle(waiting)
  }

  #settle(waiting: Waiting): void {
    this.#waiting.delete(waiting.cookie)
    if (waiting.type === COMMAND.read) this.#reads -= 1
    waiting.settle(waiting.error, waiting.error ? null : waiting.extents)
  }
}
