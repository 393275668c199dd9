import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiskSample, type HopSample, hops } from '#contracts/diagnosis.ts'
import { recordOf } from '#contracts/replay.ts'
import { ledgerOf } from '#contracts/replay-ledger.ts'
import { defaultThresholds } from '#contracts/thresholds.ts'
import { diagnose } from './diagnose.ts'
import { paceSetter } from './slow.ts'
import { type DiskTrack, track } from './track.ts'

const MIB = 1024 * 1024
const { hardSeconds } = defaultThresholds.copying

interface Look {
  bytes: number
  limited: boolean | null
  waiting?: number
  process?: HopSample['process']
  connections?: number
}

/** A copy of one look a second. */
function copy(seconds: number, at: (second: number) => Look): DiskTrack {
  let disk: DiskTrack | null = null
  for (let second = 0; second <= seconds; second++) {
    const { bytes, limited, waiting = 0, process = 'runs', connections = 2 } = at(second)
    const of = hops.map((hop): [string, HopSample] => {
      const mine = hop === 'client' ? { waiting, process } : { waiting: 0, process: 'runs' as const }
      return [hop, { bytes, ...mine }]
    })
    disk = track(disk, {
      ...{ key: 2000, at: second * 1000, connections, limited },
      hops: Object.fromEntries(of) as DiskSample['hops'],
    })
  }
  if (!disk) throw new Error('no looks')
  return disk
}

const ledger = (disk: DiskTrack) =>
  diagnose({
    ...{ state: 'copying', stateSeconds: 500, now: disk.last.at, heartbeatSeconds: 0 },
    disks: [{ key: 2000, state: 'copying', dataBytes: 2 ** 40, track: disk }],
  })

describe('a copy behind a rate limit', () => {
  it('names the rate limit as what sets the pace, and is not slow', () => {
    const slow = (limited: boolean | null) => copy(60, (second) => ({ bytes: second * MIB, limited, waiting: 0 }))
    expect(ledger(slow(false)).verdict.kind).toBe('slow')
    expect(ledger(slow(null)).verdict.kind).toBe('slow')
    const { verdict, disks } = ledger(slow(true))
    expect(verdict).toMatchObject({ kind: 'healthy', sentence: expect.stringContaining('rate limit') })
    expect(disks[0]).toMatchObject({ limiting: 'limit', verdict: { sentence: expect.stringContaining('rate limit') } })
    expect(disks[0]?.hops.every(({ busy }) => busy === 0)).toBe(true)
  })

  it('is the limit although a burst waits in the sockets for a moment', () => {
    const bursts = copy(60, (second) => ({ bytes: second * 100 * MIB, limited: true, waiting: second % 2 ? MIB : 0 }))
    expect(ledger(bursts).disks[0]?.limiting).toBe('limit')
  })

  it('is kept in the replay', () => {
    const live = ledger(copy(60, (second) => ({ bytes: second * MIB, limited: true })))
    expect(ledgerOf(recordOf(live)).disks[0]?.limiting).toBe('limit')
  })

  it('is slow by the hop that sets the pace most of the time', () => {
    const mostly = copy(60, (second) => ({ bytes: second * MIB, limited: second % 3 === 0, waiting: MIB }))
    const { verdict } = ledger(mostly)
    expect(verdict).toMatchObject({ kind: 'slow', hop: 'tunnel' })
    expect(verdict.evidence.some((line) => line.startsWith('rate limit: set the pace in 33'))).toBe(true)
    expect(paceSetter(['limit', 'limit', 'tunnel', null])?.hop).toBe('limit')
  })

  it('is never called stalled while it waits for its turn, and is when that lasts beyond all bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 * hardSeconds - 1 }), (seconds) => {
        const disk = copy(20 + seconds, (second) => ({ bytes: Math.min(second, 20) * MIB, limited: true }))
        expect(['expected', 'healthy']).toContain(ledger(disk).verdict.kind)
      }),
      { numRuns: 40 },
    )
    const endless = copy(21 * hardSeconds + 20, (second) => ({ bytes: Math.min(second, 20) * MIB, limited: true }))
    expect(ledger(endless).verdict).toMatchObject({ kind: 'stalled', hop: 'source' })
  })

  it('a request that comes after a long wait, and queues for a moment, is no stall', () => {
    const disk = copy(61, (second) => ({ bytes: 20 * MIB, limited: true, waiting: second === 61 ? MIB : 0 }))
    expect(ledger(disk).verdict.kind).toBe('expected')
  })

  it.each<[string, Partial<Look>, object]>([
    ['a tunnel that takes nothing', { waiting: 4 * MIB }, { kind: 'stalled', hop: 'tunnel' }],
    ['a client that is stopped', { process: 'stopped' }, { kind: 'stalled', hop: 'client' }],
    ['a client that has ended', { process: 'gone' }, { kind: 'dead', hop: 'client' }],
    ['an export nobody is connected to', { connections: 0 }, { kind: 'stalled', hop: 'tunnel' }],
  ])('hides no fault: %s', (_, fault, expected) => {
    const look = (second: number): Look => {
      const moving = { bytes: Math.min(second, 20) * MIB, limited: true }
      return second > 20 ? { ...moving, ...fault } : moving
    }
    expect(ledger(copy(60, look)).verdict).toMatchObject(expected)
  })

  it('a client that is not heard of says nothing of the limit', () => {
    const disk = copy(60, (second) => ({ bytes: Math.min(second, 20) * MIB, limited: second > 20 ? null : true }))
    expect(ledger(disk).verdict.kind).toBe('stalled')
  })
})
