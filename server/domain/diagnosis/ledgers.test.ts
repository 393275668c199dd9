import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiskSample, type HopSample, hops, type Verdict } from '#contracts/diagnosis.ts'
import { type JobState, jobStates } from '#contracts/job.ts'
import { recordOf } from '#contracts/replay.ts'
import { ledgerOf } from '#contracts/replay-ledger.ts'
import { defaultThresholds, type SilentPhase, silentPhases } from '#contracts/thresholds.ts'
import { type DiskFacts, diagnose } from './diagnose.ts'
import { type DiskTrack, track } from './track.ts'

const { softSeconds, hardSeconds } = defaultThresholds.copying
const DATA = 2 ** 40

const hop = fc.record({
  grows: fc.option(fc.constantFrom<number[]>(0, 0, 1, 4096, 20e6), { freq: 6 }),
  waiting: fc.option(fc.constantFrom(0, 100, 32_768, 4e6), { freq: 6 }),
  process: fc.constantFrom('runs', 'runs', 'runs', 'disk', 'stopped', 'gone', null),
} as const)
/** How all hops behave for some seconds. */
const stretch = fc.record({
  seconds: fc.integer({ min: 1, max: 40 }),
  connections: fc.option(fc.integer({ min: 0, max: 4 })),
  hops: fc.record({ source: hop, client: hop, tunnel: hop, export: hop, image: hop }),
})
type Stretch = typeof stretch extends fc.Arbitrary<infer T> ? T : never
const life = fc.array(stretch, { minLength: 1, maxLength: 4 })

/** The disk after a life, sampled once a second. */
function live(stretches: readonly Stretch[]): DiskTrack {
  let disk: DiskTrack | null = null
  const bytes = { source: 0, client: 0, tunnel: 0, export: 0, image: 0 }
  let at = 0
  for (const { seconds, connections, hops: given } of stretches)
    for (let second = 0; second < seconds; second++) {
      const sampled = hops.map((name): [string, HopSample] => {
        const { grows, waiting, process } = given[name]
        bytes[name] += grows ?? 0
        return [name, { bytes: grows === null ? null : bytes[name], waiting, process }]
      })
      disk = track(disk, { key: 2000, at, connections, hops: Object.fromEntries(sampled) as DiskSample['hops'] })
      at += 1000
    }
  if (!disk) throw new Error('a life has seconds')
  return disk
}

const facts = (disk: DiskTrack | null, more: Partial<DiskFacts> = {}): DiskFacts => ({
  ...{ key: 2000, state: 'copying', dataBytes: DATA, track: disk, ...more },
})
const ledgerFor = (disk: DiskTrack | null, now?: number) =>
  diagnose({ state: 'copying', stateSeconds: 500, now, disks: [facts(disk)] })

const bad: readonly Verdict['kind'][] = ['stalled', 'dead', 'slow', 'cannot-tell']

describe('whatever is measured', () => {
  it('no hop is called stalled while its bytes move', () => {
    fc.assert(
      fc.property(life, (stretches) => {
        const { verdict, disks } = ledgerFor(live(stretches))
        if (verdict.kind !== 'stalled') return
        const view = disks[0]?.hops.find(({ hop: name }) => name === verdict.hop)
        expect(view?.motion).not.toBe('moving')
      }),
    )
  })

  it('a silence past the hard limit is never well', () => {
    fc.assert(
      fc.property(life, (stretches) => {
        const disk = live(stretches)
        const still = { ...stretches.at(-1), seconds: hardSeconds + 2 } as Stretch
        const quiet = hops.map((name) => [
          name,
          { ...still.hops[name], grows: still.hops[name].grows === null ? null : 0 },
        ])
        const silent = live([...stretches, { ...still, hops: Object.fromEntries(quiet) as Stretch['hops'] }])
        expect(silent.last.at).toBeGreaterThan(disk.last.at)
        expect(bad).toContain(ledgerFor(silent).verdict.kind)
      }),
    )
  })

  it('samples that stop coming are noticed', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: hardSeconds, max: 9999 }), (stretches, age) => {
        const disk = live(stretches)
        expect(ledgerFor(disk, disk.last.at + age * 1000).verdict.kind).toBe('cannot-tell')
      }),
    )
    expect(ledgerFor(null).verdict.kind).toBe('cannot-tell')
    expect(diagnose({ state: 'copying', stateSeconds: 3, disks: [facts(null)] }).verdict.kind).toBe('expected')
  })

  it('what is bad has evidence, a sentence that ends, causes and a next command', () => {
    fc.assert(
      fc.property(life, (stretches) => {
        const { verdict } = ledgerFor(live(stretches))
        if (!bad.includes(verdict.kind)) return
        expect(verdict.evidence.length).toBeGreaterThan(0)
        expect(verdict.sentence).toMatch(/\.$/)
        if (verdict.hop) expect([verdict.causes.length > 0, verdict.next !== null]).toEqual([true, true])
        if (verdict.kind === 'stalled' || verdict.kind === 'dead') expect(verdict.remedies).toContain('cancel')
      }),
    )
  })

  it('a ledger that is kept is the ledger that was, for whoever replays it', () => {
    fc.assert(
      fc.property(life, (stretches) => {
        const ledger = ledgerFor(live(stretches))
        const replayed = ledgerOf(JSON.parse(JSON.stringify(recordOf(ledger))))
        const seen = ({ disks, verdict }: typeof ledger) => ({
          disks: disks.map(({ key, limiting, hops: views, verdict: { kind, hop: where } }) => ({
            ...{ key, limiting, kind, where },
            hops: views.map(({ busy, stillSeconds, ...view }) => view),
          })),
          verdict: [verdict.kind, verdict.key, verdict.hop, verdict.sentence, verdict.evidence],
        })
        expect(seen(replayed)).toEqual(seen(ledger))
      }),
    )
  })
})

describe('a phase without bytes', () => {
  const at = (state: JobState, stateSeconds: number, disks: DiskFacts[] = []) =>
    diagnose({ state, stateSeconds, disks }).verdict
  it.each(silentPhases.filter((phase) => phase !== 'copying'))('%s: expected, then slow, then stalled', (phase) => {
    const limits = defaultThresholds[phase as SilentPhase]
    expect(at(phase, limits.softSeconds - 1)).toMatchObject({ kind: 'expected', secondsLeft: 1 })
    expect(at(phase, limits.softSeconds)).toMatchObject({ kind: 'slow' })
    expect(at(phase, limits.hardSeconds)).toMatchObject({ kind: 'stalled', remedies: ['cancel'] })
    expect(at(phase, limits.hardSeconds).evidence.length).toBeGreaterThan(0)
  })

  it('has a limit in every state that a job can wait in', () => {
    for (const state of jobStates.slice(0, jobStates.indexOf('completed')))
      expect(bad).toContain(at(state, 1e7, [facts(null)]).kind)
  })

  it('between two disks, and in the flush of one, the job has limits too', () => {
    const flushed = facts(null, { state: 'flushed', stateSeconds: 500 })
    const pending = facts(null, { key: 2001, state: 'pending', stateSeconds: 500 })
    expect(at('copying', 500, [flushed, pending]).kind).toBe('stalled')
    expect(at('copying', 500, [{ ...flushed, stateSeconds: 2 }, pending]).kind).toBe('expected')
    const flushing = (stateSeconds: number) => at('copying', 5000, [facts(null, { state: 'flushing', stateSeconds })])
    expect([flushing(3).kind, flushing(5000).kind]).toEqual(['expected', 'stalled'])
  })

  it('an empty disk has nothing to copy, and has to end all the same', () => {
    const empty = (stateSeconds: number) => at('copying', stateSeconds, [facts(null, { dataBytes: 0 })]).kind
    expect([empty(3), empty(5000)]).toEqual(['nothing', 'cannot-tell'])
  })
})

describe('from the hub alone, with the appliance out of reach', () => {
  const away = { grows: null, waiting: null, process: null }
  const hub = (connections: number, grows: number, before = 0) => {
    const hops = {
      ...{ source: away, client: away, tunnel: { grows, waiting: 0, process: null } },
      ...{ export: { grows, waiting: 0, process: 'runs' }, image: { grows, waiting: null, process: null } },
    } as Stretch['hops']
    const began: Stretch = { seconds: 5, connections, hops: { ...hops, tunnel: { ...hops.tunnel, grows: before } } }
    return ledgerFor(live([began, { seconds: hardSeconds + softSeconds, connections, hops }]))
  }
  it('tells never connected, connected without data, and writing', () => {
    expect(hub(0, 0).verdict.sentence).toContain('no connection has reached the export')
    expect(hub(2, 0).verdict.sentence).toContain('connected to the export and has written nothing')
    expect(hub(2, 0, 1e6).verdict.sentence).toContain('cannot be told where')
    const writing = hub(2, 20e6)
    expect(writing.verdict.kind).toBe('healthy')
    expect(writing.disks[0]?.hops.map(({ motion }) => motion)).toEqual([
      ...['unknown', 'unknown', 'moving', 'moving', 'moving'],
    ])
  })
})
