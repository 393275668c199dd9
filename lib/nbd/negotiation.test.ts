import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NbdError } from './error.ts'
import { Negotiation } from './negotiation.ts'
import { blockSizeInfo, contextInfo, exportInfo, greeting, optionReply } from './testing/answers.ts'

const [STARTTLS, GO, STRUCTURED, CONTEXTS] = [5, 7, 8, 10]
const [ACK, INFO, META] = [1, 3, 4]
const error = (number: number) => 0x80000000 + number
const BASE = 'base:allocation'

const wants = { exportName: 'disk', tls: false, contexts: [BASE, 'qemu:allocation-depth'] }
/** A good server's words, by what they answer. */
const good = {
  greeting: [greeting()],
  structured: [optionReply(STRUCTURED, ACK)],
  contexts: [optionReply(CONTEXTS, META, contextInfo(3, BASE)), optionReply(CONTEXTS, ACK)],
  go: [
    optionReply(GO, INFO, exportInfo(1_000_448, 1 | 4 | 8 | 64 | 256)),
    optionReply(GO, INFO, blockSizeInfo(512, 65_536, 33_554_432)),
    optionReply(GO, INFO, Buffer.from([0, 2, 65, 66])),
    optionReply(GO, ACK),
  ],
}
const words = (change: Partial<typeof good> = {}) => Buffer.concat(Object.values({ ...good, ...change }).flat())

function negotiate(bytes: Buffer, portions: readonly number[] = [bytes.length], given = wants): Negotiation {
  const machine = new Negotiation(given)
  let at = 0
  for (let n = 0; at < bytes.length && !machine.done && !machine.awaitsTls; n++)
    at += machine.feed(bytes.subarray(at, at + (portions[n % portions.length] as number)))
  return machine
}

describe('the negotiation', () => {
  it('gives the same facts however the answers are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (portions) => {
        const machine = negotiate(words(), portions)
        expect(machine.result()).toEqual({
          sizeBytes: 1_000_448,
          readOnly: false,
          canFlush: true,
          canFua: true,
          canWriteZeroes: true,
          canFastZero: false,
          canTrim: false,
          multiConn: true,
          minBlock: 512,
          preferredBlock: 65_536,
          maxBlock: 33_554_432,
          structured: true,
          contexts: new Set([BASE]),
        })
        expect(machine.contextIds).toEqual(new Map([[3, BASE]]))
      }),
    )
  })

  it('sends exactly what the protocol says', () => {
    const sent = Buffer.concat(negotiate(words()).takeOutput()).toString('latin1')
    const option = (number: number, data: string) =>
      `IHAVEOPT\0\0\0${String.fromCharCode(number, 0, 0, 0, data.length)}${data}`
    expect(sent).toBe(
      `\0\0\0\x03${option(8, '')}${option(10, `\0\0\0\x04disk\0\0\0\x02\0\0\0\x0f${BASE}\0\0\0\x15qemu:allocation-depth`)}${option(7, '\0\0\0\x04disk\0\x01\0\x03')}`,
    )
  })

  it('does without structured replies, contexts and block sizes where a server knows none', () => {
    const old = words({
      structured: [optionReply(STRUCTURED, error(1))],
      contexts: [],
      go: [optionReply(GO, INFO, exportInfo(5, 1 | 2)), optionReply(GO, ACK)],
    })
    const facts = { structured: false, minBlock: 1, maxBlock: 33_554_432, readOnly: true, contexts: new Set() }
    expect(negotiate(old).result()).toMatchObject(facts)
    const none = words({ contexts: [optionReply(CONTEXTS, error(1))] })
    expect(negotiate(none).result()).toMatchObject({ structured: true, contexts: new Set() })
  })

  it('stops at the border to TLS, and uses no byte behind it', () => {
    const machine = new Negotiation({ ...wants, tls: true })
    const border = Buffer.concat([greeting(), optionReply(STARTTLS, ACK)])
    expect(machine.feed(Buffer.concat([border, optionReply(STRUCTURED, ACK)]))).toBe(border.length)
    expect(machine.awaitsTls).toBe(true)
    machine.takeOutput()
    machine.secured()
    expect(Buffer.concat(machine.takeOutput()).toString('hex')).toBe('49484156454f50540000000800000000')
  })

  it.each<[string, string, Buffer, boolean?]>([
    ['an unknown export', 'no such export (nope)', words({ go: [optionReply(GO, error(6), Buffer.from('nope'))] })],
    ['TLS is demanded', 'TLS is required', words({ go: [optionReply(GO, error(5))] })],
    ['a policy', 'policy', words({ go: [optionReply(GO, error(2))] })],
    ['no TLS to be had', 'refused TLS', Buffer.concat([greeting(), optionReply(STARTTLS, error(1))]), true],
    ['an old server', 'old form', greeting(0)],
  ])('%s is a refusal', (_, text, bytes, tls = false) => {
    expect(() => negotiate(bytes, undefined, { ...wants, tls })).toThrow(expect.objectContaining({ kind: 'refused' }))
    expect(() => negotiate(bytes, undefined, { ...wants, tls })).toThrow(text)
  })

  const go = (...infos: Buffer[]) =>
    words({ go: [...infos.map((info) => optionReply(GO, INFO, info)), optionReply(GO, ACK)] })
  const facts = exportInfo(1_000_448, 1)
  it.each<[string, Buffer]>([
    ['another program', Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian')],
    ['an answer of 4 GiB', Buffer.concat([greeting(), Buffer.from('0003e889045565a90000000800000001ffffffff', 'hex')])],
    ['an acknowledgement with a payload', words({ structured: [optionReply(STRUCTURED, ACK, Buffer.from('x'))] })],
    ['an answer to another option', words({ structured: [optionReply(GO, ACK)] })],
    ['infos without an end', go(...Array.from({ length: 65 }, () => Buffer.from([0, 1, 65])))],
    ['no size', go()],
    ['a size twice', go(facts, facts)],
    ['a size above 2^53', go(exportInfo(2n ** 53n, 1))],
    ['a size with the top bit', go(exportInfo(2n ** 64n - 1n, 1))],
    ['no flags', go(exportInfo(5, 0))],
    ['facts of a wrong length', go(facts.subarray(0, 11))],
    ['blocks of 3 bytes', go(facts, blockSizeInfo(3, 4096, 65_536))],
    ['blocks of 128 KiB', go(facts, blockSizeInfo(131_072, 131_072, 131_072))],
    ['blocks of nothing', go(facts, blockSizeInfo(0, 4096, 65_536))],
    ['requests of one byte', go(facts, blockSizeInfo(1, 1, 1))],
    ['a longest request below the smallest', go(facts, blockSizeInfo(4096, 4096, 512))],
    ['a context nobody asked for', words({ contexts: [optionReply(CONTEXTS, META, contextInfo(1, 'x:y'))] })],
    ['a context without a name', words({ contexts: [optionReply(CONTEXTS, META, Buffer.alloc(4))] })],
    [
      'a context twice',
      words({
        contexts: [
          optionReply(CONTEXTS, META, contextInfo(1, BASE)),
          optionReply(CONTEXTS, META, contextInfo(2, BASE)),
        ],
      }),
    ],
  ])('%s is a violation', (_, bytes) => {
    expect(() => negotiate(bytes).result()).toThrow(expect.objectContaining({ kind: 'protocol' }))
  })

  it('of changed bytes never ends in anything but a result or an NbdError', () => {
    const change = fc.tuple(fc.nat(1000), fc.nat(255))
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (changes, portion) => {
          const bytes = words()
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          try {
            const machine = negotiate(bytes, [portion])
            if (machine.done) expect(machine.result().sizeBytes).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
          } catch (error) {
            expect(error).toBeInstanceOf(NbdError)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
