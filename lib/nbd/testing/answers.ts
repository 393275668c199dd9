/** What a server sends in the transmission phase, written from the protocol's text: shares no code with the parser. */
export function simpleReply(cookie: number, error = 0, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(0x67446698, 0)
  head.writeUInt32BE(error, 4)
  head.writeBigUInt64BE(BigInt(cookie), 8)
  return Buffer.concat([head, payload])
}

export function chunk(
  cookie: number,
  type: number,
  done: boolean,
  payload: Uint8Array,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32BE(0x668e33ef, 0)
  head.writeUInt16BE(done ? 1 : 0, 4)
  head.writeUInt16BE(type, 6)
  head.writeBigUInt64BE(BigInt(cookie), 8)
  head.writeUInt32BE(length, 16)
  return Buffer.concat([head, payload])
}

const be = (bytes: 2 | 4 | 8, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value))
  else buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

export const dataPayload = (offset: number, bytes: Uint8Array) => Buffer.concat([be(8, offset), bytes])
export const holePayload = (offset: number, length: number) => Buffer.concat([be(8, offset), be(4, length)])
export const statusPayload = (context: number, extents: readonly (readonly [number, number])[]) =>
  Buffer.concat([be(4, context), ...extents.flatMap(([length, flags]) => [be(4, length), be(4, flags)])])
export const errorPayload = (error: number, message: string, offset?: number) =>
  Buffer.concat([
    be(4, error),
    be(2, Buffer.byteLength(message)),
    Buffer.from(message),
    ...(offset === undefined ? [] : [be(8, offset)]),
  ])

/** What a server sends while options are agreed. */
export function greeting(flags = 3): Buffer {
  return Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), be(2, flags)])
}

export function optionReply(option: number, type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const magic = Buffer.from('0003e889045565a9', 'hex')
  return Buffer.concat([magic, be(4, option), be(4, type), be(4, payload.length), payload])
}

export const exportInfo = (size: number | bigint, flags: number) => {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(size), 2)
  bytes.writeUInt16BE(flags, 10)
  return bytes
}
export const blockSizeInfo = (min: number, preferred: number, max: number) =>
  Buffer.concat([be(2, 3), be(4, min), be(4, preferred), be(4, max)])
export const contextInfo = (id: number, name: string) => Buffer.concat([be(4, id), Buffer.from(name)])
