// Just enough of the NBD protocol (doc/proto.md of the NBD project) to know which bytes of a connection are the payload of a write.

export const NBD_WRITE = 1
const NBD_READ = 0

const OPTION = 0x49484156 // IHAV, the first half of IHAVEOPT
const REQUEST = 0x25609513
const OPTION_REPLY = 0x0003e889
const SIMPLE_REPLY = 0x67446698
const STRUCTURED_REPLY = 0x668e33ef

export interface NbdRequest {
  type: number
  offset: number
  length: number
}

/** One direction of a connection: heads of a length that their first four bytes tell, each with bytes behind it. */
abstract class Stream {
  /** Why it is not understood any more; null: it is. */
  confused: string | null = null
  #head: Buffer = Buffer.alloc(0)
  #need: number
  #known = false
  /** Bytes behind the last head that are still to come. */
  #behind = 0

  constructor(greeting: number) {
    this.#need = greeting
    this.#known = true
  }

  /** Length of a head that begins so; null: nobody knows such a thing. */
  protected abstract lengthOf(magic: number): number | null
  /** A whole head. Answers how many bytes follow it. */
  protected abstract head(bytes: Buffer): number
  /** Bytes behind the last head, in order; they may be changed in place. */
  protected abstract behind(bytes: Buffer): void

  /** Looks at bytes in the order of the connection. What `behind` changes is changed in `chunk`. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.confused === null) {
      if (this.#behind > 0) {
        const bytes = chunk.subarray(at, at + this.#behind)
        this.behind(bytes)
        this.#behind -= bytes.length
        at += bytes.length
        continue
      }
      const piece = chunk.subarray(at, at + this.#need - this.#head.length)
      this.#head = Buffer.concat([this.#head, piece])
      at += piece.length
      if (this.#head.length === this.#need) this.#whole()
    }
  }

  #whole(): void {
    if (!this.#known) {
      const magic = this.#head.readUInt32BE(0)
      const length = this.lengthOf(magic)
      if (length === null) this.confused = `0x${magic.toString(16)} begins nothing that is known`
      this.#need = length ?? 4
      this.#known = true
      return
    }
    this.#behind = this.head(this.#head)
    this.#head = Buffer.alloc(0)
    this.#need = 4
    this.#known = false
  }
}

/** What a client sends: flags, options, requests. */
export class RequestStream extends Stream {
  readonly #onRequest: (cookie: string, request: NbdRequest) => void
  readonly #onPayload: (offset: number, bytes: Buffer) => void
  #greeted = false
  #payloadAt: number | null = null

  constructor(on: {
    request(cookie: string, request: NbdRequest): void
    /** Bytes of a write and where on the disk they go; they may be changed in place. */
    payload(offset: number, bytes: Buffer): void
  }) {
    super(4)
    this.#onRequest = on.request
    this.#onPayload = on.payload
  }

  protected lengthOf(magic: number): number | null {
    return magic === OPTION ? 16 : magic === REQUEST ? 28 : null
  }

  protected head(bytes: Buffer): number {
    this.#payloadAt = null
    if (!this.#greeted) {
      this.#greeted = true
      return 0
    }
    if (bytes.length === 16) return bytes.readUInt32BE(12)
    const request = {
      type: bytes.readUInt16BE(6),
      offset: Number(bytes.readBigUInt64BE(16)),
      length: bytes.readUInt32BE(24),
    }
    this.#onRequest(bytes.toString('hex', 8, 16), request)
    if (request.type !== NBD_WRITE) return 0
    this.#payloadAt = request.offset
    return request.length
  }

  protected behind(bytes: Buffer): void {
    if (this.#payloadAt === null) return
    this.#onPayload(this.#payloadAt, bytes)
    this.#payloadAt += bytes.length
  }
}

/** What a server sends: greeting, replies to options, replies to requests. */
export class ReplyStream extends Stream {
  readonly #requests: Map<string, NbdRequest>
  readonly #onDone: (request: NbdRequest) => void
  #greeted = false

  /** @param requests  by their cookies; what is answered is taken out */
  constructor(requests: Map<string, NbdRequest>, onDone: (request: NbdRequest) => void) {
    super(18)
    this.#requests = requests
    this.#onDone = onDone
  }

  protected lengthOf(magic: number): number | null {
    return magic === OPTION_REPLY || magic === STRUCTURED_REPLY ? 20 : magic === SIMPLE_REPLY ? 16 : null
  }

  protected head(bytes: Buffer): number {
    if (!this.#greeted) {
      this.#greeted = true
      return 0
    }
    const magic = bytes.readUInt32BE(0)
    if (magic === OPTION_REPLY) return bytes.readUInt32BE(16)
    const cookie = bytes.toString('hex', 8, 16)
    const request = this.#requests.get(cookie)
    if (!request) {
      this.confused = `an answer to a request that nobody made (${cookie})`
      return 0
    }
    const simple = magic === SIMPLE_REPLY
    const ok = simple ? bytes.readUInt32BE(4) === 0 : (bytes.readUInt16BE(6) & 0x8000) === 0
    if (simple || (bytes.readUInt16BE(4) & 1) !== 0) {
      this.#requests.delete(cookie)
      if (ok) this.#onDone(request)
    }
    if (!simple) return bytes.readUInt32BE(16)
    return request.type === NBD_READ && ok ? request.length : 0
  }

  protected behind(): void {}
}
