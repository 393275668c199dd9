import { NbdError, serverWords, violation } from './error.ts'
import {
  EXPORT_FLAG,
  GREETING,
  INFO,
  LIMIT,
  OPTION,
  OPTION_ERRORS,
  OPTION_REPLY,
  OPTION_REPLY_MAGIC,
  readUint53,
} from './wire.ts'

/** Facts of an export, as the server gave them, made safe to compute with. */
export interface NbdExport {
  sizeBytes: number
  readOnly: boolean
  canFlush: boolean
  canFua: boolean
  canWriteZeroes: boolean
  canFastZero: boolean
  canTrim: boolean
  /** Several connections see one disk, and a FLUSH on one covers what was acknowledged on all. */
  multiConn: boolean
  /** Offsets and lengths are multiples of it; 1 when the server named none. */
  minBlock: number
  preferredBlock: number
  /** Longest request with data, at most 32 MiB. */
  maxBlock: number
  structured: boolean
  /** Metadata contexts that the server agreed to. */
  contexts: ReadonlySet<string>
}

export interface NegotiationWants {
  exportName: string
  tls: boolean
  contexts: readonly string[]
}

type Step = 'greeting' | 'starttls' | 'structured' | 'contexts' | 'go' | 'done'

const OPTION_HEADER = 20
const STEP_OPTION: Readonly<Record<string, number>> = {
  starttls: OPTION.starttls,
  structured: OPTION.structuredReply,
  contexts: OPTION.setMetaContext,
  go: OPTION.go,
}

function optionBytes(option: number, ...data: Buffer[]): Buffer {
  const payload = Buffer.concat(data)
  const header = Buffer.alloc(16)
  header.writeBigUInt64BE(GREETING.option, 0)
  header.writeUInt32BE(option, 8)
  header.writeUInt32BE(payload.length, 12)
  return Buffer.concat([header, payload])
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length, 0)
  return Buffer.concat([length, bytes])
}

function uint(value: number, bytes: 2 | 4): Buffer {
  const data = Buffer.alloc(bytes)
  data.writeUIntBE(value, 0, bytes)
  return data
}

/**
 * The fixed newstyle negotiation as a machine that is fed bytes: it does no I/O. Memory is bounded by the longest answer it takes
 * (8 KiB); every answer is checked before it is believed.
 */
export class Negotiation {
  readonly #wants: NegotiationWants
  #step: Step = 'greeting'
  /** The answer being collected: its header, then header and payload. */
  #frame: Buffer = Buffer.alloc(GREETING.bytes)
  #have = 0
  #answers = 0
  #send: Buffer[] = []
  #structured = false
  readonly #contextIds = new Map<number, string>()
  #facts: { sizeBytes: number; flags: number } | null = null
  #blocks: { min: number; preferred: number; max: number } | null = null
  #awaitsTls = false

  constructor(wants: NegotiationWants) {
    this.#wants = wants
  }

  /** What must be sent to the server now; taken once. */
  takeOutput(): Buffer[] {
    const send = this.#send
    this.#send = []
    return send
  }

  /** True once: the server agreed to TLS, the caller upgrades the connection and calls {@link secured}. */
  get awaitsTls(): boolean {
    return this.#awaitsTls
  }

  get done(): boolean {
    return this.#step === 'done'
  }

  get structured(): boolean {
    return this.#structured
  }

  /** Ids that the server gave to the contexts. */
  get contextIds(): ReadonlyMap<number, string> {
    return this.#contextIds
  }

  /** TLS is in place: the rest is agreed inside it. */
  secured(): void {
    this.#awaitsTls = false
    this.#askStructured()
  }

  /**
   * Takes bytes of the server.
   * @returns how many of them were used: fewer than all when the negotiation is done, or when TLS begins
   * @throws NbdError kind `refused` or `protocol`
   */
  feed(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length && this.#step !== 'done' && !this.#awaitsTls) {
      const n = Math.min(this.#frame.length - this.#have, bytes.length - at)
      bytes.copy(this.#frame, this.#have, at, at + n)
      this.#have += n
      at += n
      if (this.#have === this.#frame.length) this.#complete()
    }
    return at
  }

  #expect(bytes: number): void {
    this.#frame = Buffer.alloc(bytes)
    this.#have = 0
  }

  #complete(): void {
    if (this.#step === 'greeting') this.#greeted()
    else this.#framed()
  }

  #framed(): void {
    const frame = this.#frame
    if (frame.readBigUInt64BE(0) !== OPTION_REPLY_MAGIC) throw violation('an answer to an option has no magic')
    if (frame.readUInt32BE(8) !== STEP_OPTION[this.#step]) throw violation('it answered an option that was not asked')
    const length = frame.readUInt32BE(16)
    if (length > LIMIT.optionReply) throw violation(`an answer to an option has ${length} bytes`)
    if (frame.length < OPTION_HEADER + length) {
      this.#frame = Buffer.alloc(OPTION_HEADER + length)
      frame.copy(this.#frame)
      return
    }
    if (++this.#answers > LIMIT.optionReplies) throw violation('it does not stop answering an option')
    this.#expect(OPTION_HEADER)
    this.#answered(frame.readUInt32BE(12), frame.subarray(OPTION_HEADER))
  }

  #greeted(): void {
    if (this.#frame.readBigUInt64BE(0) !== GREETING.magic) throw violation('this is no NBD server')
    if (this.#frame.readBigUInt64BE(8) !== GREETING.option || !(this.#frame.readUInt16BE(16) & GREETING.fixedNewstyle))
      throw new NbdError('refused', 'The NBD server speaks only an old form of the protocol')
    this.#send.push(uint(GREETING.fixedNewstyle | (this.#frame.readUInt16BE(16) & GREETING.noZeroes), 4))
    if (this.#wants.tls) this.#ask('starttls', optionBytes(OPTION.starttls))
    else this.#askStructured()
  }

  #ask(step: Step, bytes: Buffer): void {
    this.#step = step
    this.#answers = 0
    this.#expect(OPTION_HEADER)
    this.#send.push(bytes)
  }

  #askStructured(): void {
    this.#ask('structured', optionBytes(OPTION.structuredReply))
  }

  #askContexts(): void {
    const { exportName, contexts } = this.#wants
    if (!this.#structured || contexts.length === 0) {
      this.#askGo()
      return
    }
    const queries = contexts.map(counted)
    this.#ask('contexts', optionBytes(OPTION.setMetaContext, counted(exportName), uint(contexts.length, 4), ...queries))
  }

  #askGo(): void {
    this.#ask('go', optionBytes(OPTION.go, counted(this.#wants.exportName), uint(1, 2), uint(INFO.blockSize, 2)))
  }

  #answered(type: number, payload: Buffer): void {
    const failed = type >= OPTION_REPLY.error
    if (type === OPTION_REPLY.ack && payload.length > 0) throw violation('an acknowledgement has a payload')
    const acknowledged = type === OPTION_REPLY.ack
    if (this.#step === 'starttls' && (failed || acknowledged)) {
      if (failed) throw this.#refusal('TLS', type, payload)
      this.#awaitsTls = true
    } else if (this.#step === 'structured' && (failed || acknowledged)) {
      // An old server that knows none: simple replies do.
      this.#structured = acknowledged
      this.#askContexts()
    } else if (this.#step === 'contexts' && type === OPTION_REPLY.metaContext) this.#context(payload)
    else if (this.#step === 'contexts' && (failed || acknowledged)) {
      // Why it refuses is told by GO; without contexts a disk is data everywhere.
      if (failed) this.#contextIds.clear()
      this.#askGo()
    } else if (this.#step === 'go' && failed)
      throw this.#refusal(`the export ${JSON.stringify(this.#wants.exportName)}`, type, payload)
    else if (this.#step === 'go' && type === OPTION_REPLY.info) this.#info(payload)
    else if (this.#step === 'go' && acknowledged) this.#end()
    else throw violation(`it gave an answer of type ${type} to an option`)
  }

  #end(): void {
    if (this.#facts === null) throw violation('it did not tell the size of the export')
    this.#step = 'done'
  }

  #refusal(what: string, type: number, payload: Buffer): NbdError {
    const why = OPTION_ERRORS[type - OPTION_REPLY.error] ?? `error ${type - OPTION_REPLY.error}`
    const words = serverWords(payload)
    return new NbdError('refused', `The NBD server refused ${what}: ${why}${words === '' ? '' : ` (${words})`}`)
  }

  #context(payload: Buffer): void {
    if (payload.length < 5) throw violation('a metadata context has no name')
    const id = payload.readUInt32BE(0)
    const name = payload.toString('utf8', 4)
    if (!this.#wants.contexts.includes(name)) throw violation('it gave a metadata context that was not asked for')
    if (this.#contextIds.has(id) || [...this.#contextIds.values()].includes(name))
      throw violation('it gave a metadata context twice')
    this.#contextIds.set(id, name)
  }

  #info(payload: Buffer): void {
    if (payload.length < 2) throw violation('an information has no type')
    const type = payload.readUInt16BE(0)
    if (type === INFO.export) {
      if (payload.length !== 12) throw violation('the facts of the export have a wrong length')
      const sizeBytes = readUint53(payload, 2)
      const flags = payload.readUInt16BE(10)
      if (!Number.isFinite(sizeBytes)) throw violation('the export is larger than 2^53 bytes')
      if (!(flags & EXPORT_FLAG.hasFlags)) throw violation('the export has no flags')
      if (this.#facts) throw violation('it told the size of the export twice')
      this.#facts = { sizeBytes, flags }
    } else if (type === INFO.blockSize) {
      if (payload.length !== 14) throw violation('the block sizes have a wrong length')
      if (this.#blocks) throw violation('it told its block sizes twice')
      const [min, preferred, max] = [payload.readUInt32BE(2), payload.readUInt32BE(6), payload.readUInt32BE(10)]
      if (min === 0 || min > 65_536 || (min & (min - 1)) !== 0) throw violation(`its smallest block is ${min} bytes`)
      this.#blocks = { min, preferred, max }
    }
  }

  /** The facts of the export, once {@link done}. */
  result(): NbdExport {
    if (!this.done || this.#facts === null) throw new Error('the negotiation has not ended')
    const { sizeBytes, flags } = this.#facts
    const { min, preferred, max } = this.#blocks ?? { min: 1, preferred: 4096, max: LIMIT.payload }
    const maxBlock = Math.floor(Math.min(max, LIMIT.payload) / min) * min
    // Fewer would let a server cut each request into thousands.
    if (maxBlock < Math.min(4096, sizeBytes) || maxBlock < min) throw violation(`its longest request is ${max} bytes`)
    const has = (flag: number) => (flags & flag) !== 0
    return {
      sizeBytes,
      readOnly: has(EXPORT_FLAG.readOnly),
      canFlush: has(EXPORT_FLAG.flush),
      canFua: has(EXPORT_FLAG.fua),
      canWriteZeroes: has(EXPORT_FLAG.writeZeroes),
      canFastZero: has(EXPORT_FLAG.fastZero),
      canTrim: has(EXPORT_FLAG.trim),
      multiConn: has(EXPORT_FLAG.multiConn),
      minBlock: min,
      preferredBlock: Math.min(Math.max(preferred, min), maxBlock),
      maxBlock,
      structured: this.#structured,
      contexts: new Set(this.#contextIds.values()),
    }
  }
}
