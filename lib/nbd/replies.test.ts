import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NbdError } from './error.ts'
import { ReplyParser } from './replies.ts'
import { chunk, dataPayload, errorPayload, holePayload, simpleReply, statusPayload } from './testing/answers.ts'

const READ = 0
const WRITE = 1
const STATUS = 7
const CONTEXTS = new Map([[7, 'base:allocation']])

/** The disk of these tests: byte n is this, but every third stretch of 16 bytes is a hole. */
const isHole = (offset: number) => Math.floor(offset / 16) % 3 === 2
const byteAt = (offset: number) => (isHole(offset) ? 0 : ((offset * 7) % 255) + 1)
const bytesAt = (offset: number, length: number) => Buffer.from(Array.from({ length }, (_, n) => byteAt(offset + n)))

interface Question {
  type: number
  offset: number
  length: number
  /** Where a read's answer is cut, and in which order the pieces come. */
  cuts: readonly number[]
  seed: number
  /** The answer is this error instead, after some pieces. */
  error: number
}

const question: fc.Arbitrary<Question> = fc.record({
  type: fc.constantFrom(READ, READ, READ, WRITE, STATUS),
  offset: fc.nat(1000),
  length: fc.integer({ min: 1, max: 300 }),
  cuts: fc.array(fc.nat(299), { maxLength: 4 }),
  seed: fc.nat(),
  error: fc.constantFrom(0, 0, 0, 5, 28),
})

/** Pieces of one answer, in the order they are sent. */
function answer(cookie: number, q: Question): Buffer[] {
  const failure = (done: boolean) =>
    q.seed % 2
      ? chunk(cookie, 0x8001, done, errorPayload(q.error, 'sorry'))
      : chunk(cookie, 0x8002, done, errorPayload(q.error, '', q.offset))
  if (q.type === WRITE) {
    if (q.seed % 2) return [simpleReply(cookie, q.error)]
    return [q.error ? failure(true) : chunk(cookie, 0, true, Buffer.alloc(0))]
  }
  if (q.type === STATUS) {
    const status = chunk(cookie, 5, q.error === 0, statusPayload(7, [[q.length + (q.seed % 9), 3]]))
    return q.error ? [status, failure(true)] : [status]
  }
  const ends = [...new Set([...q.cuts.filter((cut) => cut > 0 && cut < q.length), q.length])].sort((a, b) => a - b)
  const pieces = ends.map((end, n) => ({ from: q.offset + (ends[n - 1] ?? 0), length: end - (ends[n - 1] ?? 0) }))
  if (q.seed % 3 === 0) pieces.reverse()
  const sent = pieces.map(({ from, length }, n) => {
    const done = n === pieces.length - 1 && q.error === 0 && q.seed % 5 !== 0
    const empty = Array.from({ length }, (_, at) => from + at).every(isHole)
    return empty
      ? chunk(cookie, 2, done, holePayload(from, length))
      : chunk(cookie, 1, done, dataPayload(from, bytesAt(from, length)))
  })
  if (q.error) return [...sent.slice(0, q.seed % (sent.length + 1)), failure(true)]
  return q.seed % 5 === 0 ? [...sent, chunk(cookie, 0, true, Buffer.alloc(0))] : sent
}

/** Pieces of many answers in one stream, each answer's own in order. */
function interleave(answers: Buffer[][], draws: readonly number[]): Buffer {
  const left = answers.map((pieces) => [...pieces])
  const stream: Buffer[] = []
  for (let n = 0; left.some((pieces) => pieces.length > 0); n++) {
    const open = left.filter((pieces) => pieces.length > 0)
    const pieces = open[(draws[n % Math.max(draws.length, 1)] ?? 0) % open.length] as Buffer[]
    stream.push(pieces.shift() as Buffer)
  }
  return Buffer.concat(stream)
}

type Result = { cookie: number; error: string | null; extents: number[] | null; bytes: string | null }

/** Puts the questions. @returns what lies around the buffers of the reads, which nobody may touch */
function ask(parser: ReplyParser, questions: readonly Question[], results: Result[]): Buffer[] {
  return questions.flatMap(({ type, offset, length }, cookie) => {
    const around = Buffer.alloc(length + 32, 0xee)
    const into = type === READ ? around.subarray(16, 16 + length) : null
    parser.expect({
      cookie,
      type,
      offset,
      length,
      into,
      settle: (error, extents) =>
        results.push({
          cookie,
          error: error?.errno ?? null,
          extents: extents ? [...(extents.get('base:allocation') as Uint32Array)] : null,
          bytes: into && !error ? into.toString('hex') : null,
        }),
      fail: () => {},
    })
    return [around.subarray(0, 16), around.subarray(16 + length)]
  })
}

const untouched = Buffer.alloc(16, 0xee)

/** Feeds in portions; where the parser has room for bytes of a read they are put there by us, if `direct`. */
function feed(parser: ReplyParser, stream: Buffer, portions: readonly number[], direct: boolean): void {
  let at = 0
  for (let n = 0; at < stream.length; n++) {
    const portion = Math.min(portions[n % portions.length] as number, stream.length - at)
    const room = direct ? parser.room() : null
    const bytes = room ? Math.min(portion, room.length) : portion
    if (room) {
      stream.copy(room, 0, at, at + bytes)
      parser.received(bytes)
    } else parser.feed(stream, at, at + bytes)
    at += bytes
  }
}

const stream = fc.record({
  questions: fc.array(question, { minLength: 1, maxLength: 8 }),
  draws: fc.array(fc.nat(7), { maxLength: 20 }),
  portions: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 }),
  direct: fc.boolean(),
})

describe('a valid stream', () => {
  it('gives each request its own answer, however it is cut and interleaved', () => {
    fc.assert(
      fc.property(stream, ({ questions, draws, portions, direct }) => {
        const parser = new ReplyParser(true, CONTEXTS)
        const results: Result[] = []
        ask(parser, questions, results)
        feed(
          parser,
          interleave(
            questions.map((q, cookie) => answer(cookie, q)),
            draws,
          ),
          portions,
          direct,
        )
        expect(parser.size).toBe(0)
        expect(results.toSorted((a, b) => a.cookie - b.cookie)).toEqual(
          questions.map((q, cookie) => ({
            cookie,
            error: q.error === 5 ? 'EIO' : q.error === 28 ? 'ENOSPC' : null,
            extents: q.type === STATUS && !q.error ? [q.length, 3] : null,
            bytes: q.type === READ && !q.error ? bytesAt(q.offset, q.length).toString('hex') : null,
          })),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('of simple replies likewise', () => {
    fc.assert(
      fc.property(stream, ({ questions: all, portions, direct }) => {
        const questions = all.filter((q) => q.type !== STATUS)
        const parser = new ReplyParser(false)
        const results: Result[] = []
        ask(parser, questions, results)
        const answers = questions.map((q, cookie) =>
          simpleReply(cookie, q.error, q.type === READ && !q.error ? bytesAt(q.offset, q.length) : undefined),
        )
        feed(parser, Buffer.concat(answers.reverse()), portions, direct)
        expect(results.map(({ bytes }) => bytes).reverse()).toEqual(
          questions.map((q) => (q.type === READ && !q.error ? bytesAt(q.offset, q.length).toString('hex') : null)),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('a hostile stream', () => {
  const broken = (work: () => void): NbdError | null => {
    try {
      work()
      return null
    } catch (error) {
      expect(error).toBeInstanceOf(NbdError)
      expect((error as NbdError).kind).toBe('protocol')
      return error as NbdError
    }
  }

  it('of changed bytes ends in an answer or in a violation, and writes nothing beside a read', () => {
    const change = fc.tuple(fc.nat(10_000), fc.nat(255))
    fc.assert(
      fc.property(
        stream,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        ({ questions, draws, portions, direct }, changes) => {
          const parser = new ReplyParser(true, CONTEXTS)
          const results: Result[] = []
          const around = ask(parser, questions, results)
          const bytes = interleave(
            questions.map((q, cookie) => answer(cookie, q)),
            draws,
          )
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const error = broken(() => feed(parser, bytes, portions, direct))
          expect(around.every((guard) => guard.equals(untouched))).toBe(true)
          expect(results.length + parser.size).toBe(questions.length)
          expect(new Set(results.map(({ cookie }) => cookie)).size).toBe(results.length)
          if (error) {
            expect(parser.room()).toBeNull()
            expect(broken(() => parser.feed(Buffer.from([0])))).toBe(error)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('of random bytes is a violation within its first header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 200 }), fc.boolean(), (bytes, structured) => {
        const parser = new ReplyParser(structured, CONTEXTS)
        ask(parser, [{ type: READ, offset: 0, length: 64, cuts: [], seed: 0, error: 0 }], [])
        expect(broken(() => parser.feed(Buffer.from(bytes)))).not.toBeNull()
      }),
    )
  })

  const read: Question = { type: READ, offset: 100, length: 64, cuts: [], seed: 0, error: 0 }
  const status: Question = { ...read, type: STATUS }
  const write: Question = { ...read, type: WRITE }
  const none = Buffer.alloc(0)
  const data = (from: number, length: number, done = true) =>
    chunk(0, 1, done, dataPayload(from, bytesAt(from, length)))
  it.each<[string, Question, Buffer[]]>([
    ['bytes twice', read, [data(100, 40, false), data(139, 25)]],
    ['bytes left out', read, [data(100, 63)]],
    ['no bytes at all', read, [chunk(0, 0, true, none)]],
    ['bytes in front of the read', read, [data(99, 64)]],
    ['bytes behind the read', read, [data(101, 64)]],
    ['more bytes than asked for, announced only', read, [chunk(0, 1, true, none, 0xffffffff)]],
    ['an offset beyond 2^53', read, [chunk(0, 1, true, Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(64)]))]],
    ['an empty piece of data', read, [chunk(0, 1, false, dataPayload(100, none))]],
    ['an empty hole', read, [chunk(0, 2, false, holePayload(100, 0))]],
    ['a hole behind the read', read, [chunk(0, 2, true, holePayload(100, 65))]],
    ['a hole of another length on the wire', read, [chunk(0, 2, true, Buffer.alloc(13))]],
    ['a simple reply to a structured read', read, [simpleReply(0, 0, bytesAt(100, 64))]],
    ['an error after some bytes in another form', read, [data(100, 10, false), simpleReply(0, 5)]],
    ['another request', read, [simpleReply(9, 0)]],
    ['an answer after the last piece', read, [data(100, 64), chunk(0, 0, true, none)]],
    ['data for a write', write, [data(100, 64)]],
    ['extents for a read', read, [chunk(0, 5, true, statusPayload(7, [[64, 0]]))]],
    ['an empty extent', status, [chunk(0, 5, true, statusPayload(7, [[0, 0]]))]],
    [
      'extents behind the request',
      status,
      [
        chunk(
          0,
          5,
          true,
          statusPayload(7, [
            [64, 0],
            [1, 0],
          ]),
        ),
      ],
    ],
    ['a context that was not agreed on', status, [chunk(0, 5, true, statusPayload(8, [[64, 0]]))]],
    [
      'a context twice',
      status,
      [chunk(0, 5, false, statusPayload(7, [[64, 0]])), chunk(0, 5, true, statusPayload(7, [[64, 0]]))],
    ],
    ['no context', status, [chunk(0, 0, true, none)]],
    ['a block status without an extent', status, [chunk(0, 5, true, Buffer.alloc(4))]],
    ['half an extent', status, [chunk(0, 5, true, Buffer.alloc(16))]],
    ['two million extents', status, [chunk(0, 5, true, none, 4 + 16 * 1024 * 1024)]],
    ['simple success for a block status', status, [simpleReply(0, 0)]],
    ['an error without a number', read, [chunk(0, 0x8001, true, errorPayload(0, 'x'))]],
    ['an error of 64 KiB', read, [chunk(0, 0x8001, true, Buffer.alloc(65_536, 1))]],
    ['an error whose message is longer than it', read, [chunk(0, 0x8001, true, Buffer.from('0000000500ff', 'hex'))]],
    ['an error outside of its request', read, [chunk(0, 0x8002, true, errorPayload(5, '', 164))]],
    ['errors without an end', read, Array.from({ length: 65 }, () => chunk(0, 0x8001, false, errorPayload(5, '')))],
    ['a type that nobody knows', read, [chunk(0, 6, true, Buffer.alloc(16))]],
    ['an empty piece that is not the last', read, [chunk(0, 0, false, none)]],
  ])('%s', (_, q, sent) => {
    const parser = new ReplyParser(true, CONTEXTS)
    const results: Result[] = []
    ask(parser, [q], results)
    expect(broken(() => parser.feed(Buffer.concat(sent)))).not.toBeNull()
    expect(results.every(({ error, bytes }) => error === null && bytes === bytesAt(100, 64).toString('hex'))).toBe(true)
  })

  it('an unknown kind of error is an error all the same', () => {
    const parser = new ReplyParser(true, CONTEXTS)
    const results: Result[] = []
    ask(parser, [read], results)
    parser.feed(chunk(0, 0x9999, true, Buffer.from('0000001c000000', 'hex')))
    expect(results).toMatchObject([{ cookie: 0, error: 'ENOSPC' }])
  })
})
