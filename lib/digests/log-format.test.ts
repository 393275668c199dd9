import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DigestError } from './error.ts'
import {
  HOLE_LEAF,
  LEAF_BYTES,
  leafCount,
  leafDigest,
  leafKind,
  leafLength,
  MAX_DISK_BYTES,
  ZERO_LEAF,
} from './leaf.ts'
import { DigestLogParser, encodeDigests, encodeHoles, MAX_RECORD_LEAVES, parseDigestLog } from './log-format.ts'
import { PendingLeaves } from './pending.ts'

const LEAVES = 2 ** 20
const digests = (count: number) =>
  fc.uint8Array({ minLength: count * 32, maxLength: count * 32 }).map((b) => Buffer.from(b))
const record = fc
  .tuple(fc.nat(LEAVES - 16), fc.integer({ min: 1, max: 5 }), fc.boolean())
  .chain(([first, count, holes]) =>
    (holes ? fc.constant(null) : digests(count)).map((d) => ({ firstLeaf: first, count, digests: d })),
  )
const encode = ({ firstLeaf, count, digests: d }: { firstLeaf: number; count: number; digests: Buffer | null }) =>
  d ? encodeDigests(firstLeaf, d) : encodeHoles(firstLeaf, count)
const copied = (records: Iterable<{ firstLeaf: number; count: number; digests: Buffer | null }>) =>
  [...records].map((r) => ({ ...r, digests: r.digests && Buffer.from(r.digests) }))

describe('a leaf', () => {
  it('has its true length at the end of the disk', () => {
    expect([0, 1, 65536, 65537, MAX_DISK_BYTES].map(leafCount)).toEqual([0, 1, 1, 2, 2 ** 34])
    expect([leafLength(0, 65537), leafLength(1, 65537), leafLength(0, 65536)]).toEqual([65536, 1, 65536])
    for (const size of [-1, 0.5, Number.NaN, MAX_DISK_BYTES + 1]) expect(() => leafCount(size)).toThrow(DigestError)
  })

  it('of zeros has a reserved digest, any other one SHA-256', () => {
    expect(leafDigest(Buffer.alloc(LEAF_BYTES))).toEqual(ZERO_LEAF)
    expect(leafDigest(Buffer.alloc(1))).toEqual(ZERO_LEAF)
    // FIPS 180-2, appendix B.1
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(leafDigest(Buffer.from('abc')).toString('hex')).toBe(abc)
    expect([HOLE_LEAF, ZERO_LEAF, Buffer.from(abc, 'hex')].map((d) => leafKind(d, 0))).toEqual([
      'hole',
      'zero',
      'hashed',
    ])
    for (let at = 0; at < 32; at++) {
      const other = Buffer.alloc(32)
      other[at] = 2
      expect(leafKind(other, 0)).toBe('hashed')
    }
  })
})

describe('the digest log', () => {
  it('gives back what was written, cut in any way', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), cuts, (records, lengths) => {
        const log = Buffer.concat(records.map(encode))
        const parser = new DigestLogParser(LEAVES)
        const read = []
        for (let at = 0, i = 0; at < log.length; i++) {
          // One buffer for every piece: the parser must keep nothing of it.
          const piece = Buffer.from(log.subarray(at, at + (lengths[i % lengths.length] ?? 1)))
          read.push(...copied(parser.push(piece)))
          at += piece.length
          piece.fill(0xff)
        }
        expect(parser.end('refuse')).toBe(0)
        expect(read).toEqual(records)
        expect(parser.validBytes).toBe(log.length)
      }),
    )
  })

  it('cut at every byte gives the whole records before the cut, and says that a tail is torn', () => {
    const records = [
      { firstLeaf: 7, count: 2, digests: Buffer.alloc(64, 5) },
      { firstLeaf: 100, count: 50_000, digests: null },
      { firstLeaf: 3, count: 1, digests: Buffer.alloc(32, 9) },
    ]
    const parts = records.map(encode)
    const log = Buffer.concat(parts)
    for (let cut = 0; cut <= log.length; cut++) {
      let whole = 0
      let bytes = 0
      while (whole < parts.length && bytes + (parts[whole]?.length ?? 0) <= cut) bytes += parts[whole++]?.length ?? 0
      const piece = log.subarray(0, cut)
      expect(copied(parseDigestLog(piece, LEAVES, 'tolerate'))).toEqual(records.slice(0, whole))
      if (cut === bytes) expect(copied(parseDigestLog(piece, LEAVES))).toHaveLength(whole)
      else expect(() => copied(parseDigestLog(piece, LEAVES))).toThrow(DigestError)
    }
  })

  it('notices every bit that is changed', () => {
    const log = Buffer.concat([
      encodeDigests(5, Buffer.alloc(96, 3)),
      encodeHoles(20, 1000),
      encodeDigests(8, ZERO_LEAF),
    ])
    for (let bit = 0; bit < log.length * 8; bit++) {
      const changed = Buffer.from(log)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => copied(parseDigestLog(changed, LEAVES)), `bit ${bit}`).toThrow(DigestError)
    }
  })

  it('takes no record behind the disk and none that is too long or empty', () => {
    expect(copied(parseDigestLog(encodeHoles(10, 90), 100))).toHaveLength(1)
    const all = [
      encodeHoles(10, 91),
      encodeDigests(100, ZERO_LEAF),
      encodeDigests(0, Buffer.alloc(0)),
      encodeHoles(3, 0),
    ]
    for (const bad of [...all, encodeDigests(0, Buffer.alloc((MAX_RECORD_LEAVES + 1) * 32))])
      expect(() => copied(parseDigestLog(bad, 100))).toThrow(DigestError)
    // 2^64 - 1 leaves: refused by its sum, not rounded.
    const far = encodeHoles(1, 1)
    far.fill(0xff, 8, 16)
    expect(() => copied(parseDigestLog(far, LEAVES))).toThrow(DigestError)
  })

  it('ends in a DigestError or well, whatever it is fed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), record, (noise, one) => {
        try {
          copied(parseDigestLog(Buffer.concat([encode(one), noise]), LEAVES))
          expect(noise).toHaveLength(0)
        } catch (error) {
          if (!(error instanceof DigestError)) throw error
        }
      }),
    )
  })
})

describe('leaves that wait for a flush', () => {
  it('come out in order, once each, with the latest digest', () => {
    const adds = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 120 })
    fc.assert(
      fc.property(adds, fc.integer({ min: 1, max: 9 }), (list, most) => {
        const pending = new PendingLeaves()
        const latest = new Map<number, number>()
        for (const [leaf, value] of list) {
          pending.add(leaf, Buffer.alloc(32, value))
          latest.set(leaf, value)
        }
        const out: [number, number][] = []
        for (const { first, digests: d } of pending.runs(most)) {
          expect(d.length).toBeLessThanOrEqual(most * 32)
          for (let i = 0; i < d.length / 32; i++) out.push([first + i, d[i * 32] ?? -1])
        }
        expect(out).toEqual([...latest].toSorted(([a], [b]) => a - b))
      }),
    )
  })
})
