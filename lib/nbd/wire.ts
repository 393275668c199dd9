/** Numbers of the NBD protocol (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md). */

export const GREETING = {
  bytes: 18,
  magic: 0x4e42444d41474943n, // NBDMAGIC
  option: 0x49484156454f5054n, // IHAVEOPT
  fixedNewstyle: 1,
  noZeroes: 2,
} as const

export const OPTION = { abort: 2, starttls: 5, go: 7, structuredReply: 8, setMetaContext: 10 } as const
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n
export const OPTION_REPLY = { ack: 1, info: 3, metaContext: 4, error: 0x80000000 } as const
export const INFO = { export: 0, blockSize: 3 } as const

/** Why a server refuses an option. */
export const OPTION_ERRORS: Readonly<Record<number, string>> = {
  1: 'the option is not supported',
  2: 'its policy forbids it',
  3: 'the option is invalid',
  4: 'the platform does not support it',
  5: 'TLS is required',
  6: 'it has no such export',
  7: 'it is shutting down',
  8: 'block sizes are required',
  9: 'the request is too big',
}

export const EXPORT_FLAG = {
  hasFlags: 1,
  readOnly: 2,
  flush: 4,
  fua: 8,
  trim: 32,
  writeZeroes: 64,
  multiConn: 256,
  fastZero: 2048,
} as const

export const REQUEST_BYTES = 28
export const REQUEST_MAGIC = 0x25609513
export const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, writeZeroes: 6, blockStatus: 7 } as const
export const COMMAND_FLAG = { fua: 1, noHole: 2, fastZero: 16 } as const

export const COMMAND_NAMES: Readonly<Record<number, string>> = {
  0: 'read',
  1: 'write',
  2: 'disconnect',
  3: 'flush',
  6: 'zero',
  7: 'block status',
}

export const SIMPLE_REPLY = { magic: 0x67446698, bytes: 16 } as const
export const CHUNK = {
  magic: 0x668e33ef,
  bytes: 20,
  done: 1,
  none: 0,
  data: 1,
  hole: 2,
  blockStatus: 5,
  error: 0x8000,
  plainError: 0x8001,
  errorAt: 0x8002,
} as const

const ERRNOS: Readonly<Record<number, string>> = {
  1: 'EPERM',
  5: 'EIO',
  12: 'ENOMEM',
  22: 'EINVAL',
  28: 'ENOSPC',
  75: 'EOVERFLOW',
  95: 'ENOTSUP',
  108: 'ESHUTDOWN',
}

/** The name of an error number on the wire; what the protocol does not list counts as EINVAL, as it says. */
export function errnoName(value: number): string {
  return ERRNOS[value] ?? 'EINVAL'
}

/** Bounds on what is believed. */
export const LIMIT = {
  /** Names and messages, by the protocol. */
  string: 4096,
  /** Payload of one answer to an option. */
  optionReply: 8192,
  /** Answers to one option. */
  optionReplies: 64,
  /** Requests with data are never longer, whatever the server allows. */
  payload: 32 * 1024 * 1024,
  /** Extents of one answer: what nbdkit sends at most; QEMU sends an eighth of it. */
  extents: 1024 * 1024,
  /** Pieces of one read that arrived ahead of their place. */
  scattered: 1024,
  /** Errors in the answer to one request. */
  errors: 64,
} as const

/** Writes the 28 bytes of a request. `length` is below 2^32, `offset` and `cookie` below 2^53. */
export function encodeRequest(type: number, flags: number, cookie: number, offset: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(REQUEST_BYTES)
  header.writeUInt32BE(REQUEST_MAGIC, 0)
  header.writeUInt16BE(flags, 4)
  header.writeUInt16BE(type, 6)
  writeUint53(header, cookie, 8)
  writeUint53(header, offset, 16)
  header.writeUInt32BE(length, 24)
  return header
}

/** Big-endian, 8 bytes. */
export function writeUint53(target: Buffer, value: number, at: number): void {
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at)
  target.writeUInt32BE(value % 0x1_0000_0000, at + 4)
}

/** Big-endian, 8 bytes; a value above 2^53 - 1 comes back as Infinity: equal to nothing, within no bound. */
export function readUint53(source: Buffer, at: number): number {
  const value = source.readUInt32BE(at) * 0x1_0000_0000 + source.readUInt32BE(at + 4)
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value
}
