import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { calmKinds, damagingKinds } from '#e2e/world/content/all.ts'
import { figuresOf, notAsMeant, type Truth, wrongWithCheck, wrongWithFailure } from '#e2e/world/content/judge.ts'
import { moments } from '#e2e/world/content/kind.ts'
import { ReplyStream, RequestStream } from '#e2e/world/content/nbd-stream.ts'
import { createRandom } from '../../seed/random.ts'
import { parseOptions } from './options.ts'
import { planContent } from './plan.ts'
import { withContentTable } from './table.ts'

const kinds = { damaging: damagingKinds, calm: calmKinds }
const pairs = damagingKinds.reduce((sum, kind) => sum + kind.moments.length, 0)

describe('the plan', () => {
  it('is the same for the same seed, and has every change at every moment before one comes again', () => {
    const plan = (seed: number) => planContent(kinds, pairs, createRandom(seed))
    expect(plan(7)).toEqual(plan(7))
    expect(plan(7)).not.toEqual(plan(8))
    const seen = plan(7).filter(({ kind }) => kind.effect !== 'none')
    expect(new Set(seen.map(({ kind, moment }) => `${kind.name} ${moment}`)).size).toBe(pairs)
    expect(new Set(seen.map(({ moment }) => moment))).toEqual(new Set(moments))
  })

  it('has as many damaging cases as are asked for, and one calm one for ten of them', () => {
    const planned = planContent(kinds, 40, createRandom(1))
    expect(planned.filter(({ kind }) => kind.effect !== 'none')).toHaveLength(40)
    expect(planned.filter(({ kind }) => kind.effect === 'none')).toHaveLength(4)
  })

  it('refuses options that contradict each other', () => {
    expect(() => parseOptions(['--cases', '3', '--undisturbed', '4'])).toThrow(/two runs/)
    expect(parseOptions(['--content', '--undisturbed', '4', '--seed', '7'])).toMatchObject({
      cases: 0,
      undisturbed: 4,
      seed: 7,
    })
    expect(() => parseOptions(['--cases', '0'])).toThrow(/from 1 on/)
  })

  it('keeps what else the page says', () => {
    const page = 'a\n<!-- content: written by npm run torture -- --content --write -->\nold\n<!-- /content -->\nz'
    expect(withContentTable(page, ['new'])).toMatch(/^a\n<!-- content.*-->\n\nnew\n\n<!-- \/content -->\nz$/s)
    expect(() => withContentTable('a', [])).toThrow(/lacks/)
  })
})

it('A2: what changes bytes shares no code with what has to notice it', async () => {
  const directory = path.resolve(import.meta.dirname, '../../../e2e/world/content')
  for (const file of await readdir(directory)) {
    const text = await readFile(path.join(directory, file), 'utf8')
    expect(text, file).not.toMatch(/lib\/(digests|qcow2|nbd)\b|drivers\/proof|appliance\/transfer/)
  }
})

const head = (...parts: (Buffer | string)[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)))
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
function request(type: number, cookie: number, offset: number, length: number, payload = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt32BE(0x25609513)
  bytes.writeUInt16BE(type, 6)
  bytes.writeBigUInt64BE(BigInt(cookie), 8)
  bytes.writeBigUInt64BE(BigInt(offset), 16)
  bytes.writeUInt32BE(length, 24)
  return Buffer.concat([bytes, payload])
}

describe('the wire', () => {
  // Flags, an option with data, a write, a zero request, another write.
  const parts = [
    u32(3),
    head('IHAVEOPT', u32(7), u32(5), 'hello'),
    request(1, 1, 65_536, 6, Buffer.from('abcdef')),
    request(6, 2, 0, 65_536),
    request(1, 3, 131_072, 4, Buffer.from('ghij')),
  ]
  const stream = Buffer.concat(parts)

  it('finds the payload of writes however the bytes are cut, and changes nothing else', () => {
    for (let cut = 1; cut < stream.length; cut++) {
      const seen: string[] = []
      const requests: [string, number][] = []
      const parser = new RequestStream({
        request: (cookie, { type }) => requests.push([cookie, type]),
        payload: (offset, bytes) => {
          for (const [at, byte] of bytes.entries()) {
            seen[offset + at] = String.fromCharCode(byte)
            bytes[at] = byte ^ 0x20
          }
        },
      })
      const out: Buffer[] = []
      for (let at = 0; at < stream.length; at += cut) {
        const piece = Buffer.from(stream.subarray(at, at + cut))
        parser.push(piece)
        out.push(piece)
      }
      expect(parser.confused).toBeNull()
      expect(requests.map(([, type]) => type)).toEqual([1, 6, 1])
      expect(seen.slice(65_536, 65_542).join('')).toBe('abcdef')
      expect(seen.slice(131_072, 131_076).join('')).toBe('ghij')
      const wanted = Buffer.from(
        stream.toString('latin1').replace('abcdef', 'ABCDEF').replace('ghij', 'GHIJ'),
        'latin1',
      )
      expect(Buffer.concat(out).equals(wanted)).toBe(true)
    }
  })

  it('knows which requests were answered, and says when it does not understand', () => {
    const done: number[] = []
    const requests = new Map(
      [1, 2, 3].map((n) => [n.toString(16).padStart(16, '0'), { type: 1, offset: n, length: 4 }]),
    )
    const reply = (magic: number, ...rest: Buffer[]) => Buffer.concat([u32(magic), ...rest])
    const cookie = (n: number) => Buffer.concat([u32(0), u32(n)])
    const server = Buffer.concat([
      head('NBDMAGICIHAVEOPT', Buffer.from([0, 3])),
      reply(0x0003e889, u32(0x045565a9), u32(7), u32(1), u32(0)),
      // Done, none; then an error, with a message; then a simple one.
      reply(0x668e33ef, Buffer.from([0, 1, 0, 0]), cookie(2), u32(0)),
      reply(0x668e33ef, Buffer.from([0, 1, 0x80, 1]), cookie(3), u32(6), Buffer.alloc(6)),
      reply(0x67446698, u32(0), cookie(1)),
    ])
    const parser = new ReplyStream(requests, ({ offset }) => done.push(offset))
    for (const byte of server) parser.push(Buffer.from([byte]))
    expect(parser.confused).toBeNull()
    expect(done).toEqual([2, 1])
    parser.push(reply(0x67446698, u32(0), cookie(9)))
    expect(parser.confused).toMatch(/nobody made/)
    const other = new RequestStream({ request: () => undefined, payload: () => undefined })
    other.push(Buffer.concat([u32(3), u32(0xdeadbeef)]))
    expect(other.confused).toMatch(/deadbeef/)
  })
})

describe('the judge', () => {
  const truth = (changes: Partial<Truth>): Truth => ({
    effect: 'differs',
    injected: { place: '', leaves: [3, 5] },
    differing: [3, 5],
    ...changes,
  })
  const problem = (happened: string) => ({ code: 'proof_failed' as const, happened, remedy: 'Look.' })
  const words = (key: number, count: number, first: number, last: number) =>
    `Disk ${key}: ${count} of 1,024 blocks of 64 KiB differ from what was read at the source: the first at byte ${first}, the last at byte ${last}. They changed.`

  it('takes only the right disk and the right offsets', () => {
    const judge = (text: string) => wrongWithFailure(problem(text), 2000, truth({}), 'image')
    expect(figuresOf(words(1, 1024, 3, 4))).toEqual({ differing: 1024, first: 3, last: 4 })
    expect(judge(words(2000, 2, 196_608, 327_680))).toEqual([])
    for (const wrong of [
      words(2001, 2, 196_608, 327_680),
      words(20_001, 2, 196_608, 327_680),
      words(2000, 1, 196_608, 327_680),
      words(2000, 2, 196_609, 327_680),
      words(2000, 2, 196_608, 196_608),
      'Disk 2000: it differs.',
    ])
      expect(judge(wrong), wrong).toHaveLength(1)
    expect(wrongWithFailure({ code: 'copy_failed', happened: 'x' }, 2000, truth({}), 'image')).toHaveLength(1)
    expect(wrongWithFailure(null, 2000, truth({}), 'image')).toHaveLength(1)
  })

  it('does not count a change that was not what it should have been', () => {
    expect(notAsMeant(truth({}))).toBeNull()
    expect(notAsMeant(truth({ differing: [] }))).toMatch(/what its source holds/)
    expect(notAsMeant(truth({ differing: [3] }))).toMatch(/record says 3, 5/)
    expect(notAsMeant(truth({ differing: null }))).toMatch(/cannot read/)
    expect(notAsMeant(truth({ effect: 'none', differing: [3] }))).toMatch(/nothing/)
    expect(notAsMeant(truth({ effect: 'none', differing: [] }))).toBeNull()
  })

  it('wants the check to answer 1 with the offsets, and 2 where it cannot know', () => {
    const answer = { exitCode: 1, differing: 2, firstOffset: 196_608, lastOffset: 327_680, said: '' }
    const nothing = { differing: null, firstOffset: null, lastOffset: null, said: '' }
    expect(wrongWithCheck(answer, truth({}), 'image')).toEqual([])
    expect(wrongWithCheck({ ...answer, firstOffset: 0 }, truth({}), 'image')).toHaveLength(1)
    expect(wrongWithCheck({ ...answer, exitCode: 0 }, truth({}), 'image')).toHaveLength(1)
    expect(wrongWithCheck({ ...nothing, exitCode: 2 }, truth({}), 'image')).toHaveLength(1)
    expect(wrongWithCheck({ ...nothing, exitCode: 2 }, truth({ effect: 'broken' }), 'image')).toEqual([])
    expect(wrongWithCheck({ ...nothing, exitCode: 2 }, truth({ effect: 'broken' }), 'map')).toEqual([])
    expect(wrongWithCheck(answer, truth({ effect: 'broken' }), 'map')).toHaveLength(1)
    expect(wrongWithCheck({ ...nothing, exitCode: 0 }, truth({ effect: 'broken' }), 'manifest')).toHaveLength(1)
  })
})
