import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bestRequestBytes, CLUSTER_BYTES, defaultConnections, nbdcopyArgs, parseProgress } from './nbdcopy-args.ts'

const urls = { sourceUrl: 'nbd+unix:///?socket=s', targetUrl: 'nbd://127.0.0.2:10100/x-disk-1' }
const tuning = { requestBytes: 4 * CLUSTER_BYTES, connections: 2 }

describe('nbdcopy', () => {
  test('flushes, and has as many threads as connections', () => {
    const args = nbdcopyArgs({ ...urls, listed: false, targetIsZero: true }, tuning)
    expect(args).toContain('--flush')
    expect(args).toContain('--destination-is-zero')
    expect(args).toContain('--connections=2')
    expect(args).toContain('--threads=2')
    expect(args.slice(-2)).toEqual([urls.sourceUrl, urls.targetUrl])
  })

  test('a target that may hold data gets its zeros', () => {
    expect(nbdcopyArgs({ ...urls, listed: false, targetIsZero: false }, tuning)).not.toContain('--destination-is-zero')
  })

  test('listed extents: both flags that only together keep the target right, and requests of one cluster', () => {
    for (const targetIsZero of [true, false]) {
      const args = nbdcopyArgs({ ...urls, listed: true, targetIsZero }, tuning)
      expect(args).toContain('--destination-is-zero')
      expect(args).toContain('--sparse=0')
      expect(args).toContain('--request-size=65536')
      expect(args.filter((arg) => arg.startsWith('--sparse')).length).toBe(1)
      expect(args.filter((arg) => arg.startsWith('--request-size')).length).toBe(1)
    }
  })

  test('requests are whole clusters', () => {
    const copy = { ...urls, listed: false, targetIsZero: true }
    expect(() => nbdcopyArgs(copy, { requestBytes: 4096, connections: 1 })).toThrow('whole clusters')
    for (const cores of [1, 2, 3, 4, 64]) {
      const connections = defaultConnections(cores)
      expect(connections).toBeGreaterThanOrEqual(2)
      expect(connections).toBeLessThanOrEqual(4)
    }
  })
})

describe('request size', () => {
  const gib = 1024 ** 3
  const scattered = (length: number, every: number) =>
    Array.from({ length: 1000 }, (_, index): [number, number] => [index * every, length])

  test('is large for long runs of data, a cluster for scattered ones', () => {
    expect(bestRequestBytes([[0, gib]], gib)).toBe(1_048_576)
    expect(bestRequestBytes(scattered(262_144, 1_048_576), gib)).toBe(262_144)
    expect(bestRequestBytes(scattered(CLUSTER_BYTES, 1_048_576), gib)).toBe(CLUSTER_BYTES)
    expect(bestRequestBytes([], gib) % CLUSTER_BYTES).toBe(0)
  })
})

describe('progress lines', () => {
  test('come out the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (percents, cuts) => {
          let text = percents.map((percent) => `${percent}/100\n`).join('')
          const found: number[] = []
          let rest = ''
          for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
            const parsed = parseProgress(rest + text.slice(0, cut))
            text = text.slice(cut)
            found.push(...parsed.percents)
            rest = parsed.rest
          }
          expect(found).toEqual(percents)
          expect(rest).toBe('')
        },
      ),
    )
  })

  test('what is no progress is passed over', () => {
    expect(parseProgress('hello\n101/100\n\n7/100\n8/1').percents).toEqual([7])
  })
})
