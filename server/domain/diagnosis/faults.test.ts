import { describe, expect, it } from 'vitest'
import { agedLedger, isBlind } from '#contracts/aged-ledger.ts'
import { type DiskSample, type Hop, type HopSample, hops } from '#contracts/diagnosis.ts'
import { problemCodes } from '#contracts/problem.ts'
import { defaultThresholds } from '#contracts/thresholds.ts'
import { diagnose, type JobFacts } from './diagnose.ts'
import { verdictOfEnd } from './ended.ts'
import { paceSetter } from './slow.ts'
import { type DiskTrack, track } from './track.ts'

type Partials = Partial<Record<Hop, Partial<HopSample>>>
const unknown = { bytes: null, waiting: null, process: null }
const sample = (second: number, given: Partials, connections: number | null): DiskSample => ({
  ...{ key: 2000, at: second * 1000, connections },
  hops: Object.fromEntries(
    hops.map((hop) => [hop, { bytes: 0, waiting: 0, process: 'runs', ...given[hop] }]),
  ) as DiskSample['hops'],
})

/** What a job is called after so many seconds, each of which looks like this. */
function named(seconds: number, at: (second: number) => Partials, job: Partial<JobFacts> = {}, connections = 2) {
  let disk: DiskTrack | null = null
  for (let second = 0; second <= seconds; second++) disk = track(disk, sample(second, at(second), connections))
  const facts = { state: 'copying', stateSeconds: seconds, now: seconds * 1000 } as const
  const disks = [{ key: 2000, state: 'copying', dataBytes: 1e10, track: disk } as const]
  return diagnose({ ...facts, disks, ...job }).verdict
}
const all = (bytes: number): Partials => Object.fromEntries(hops.map((hop) => [hop, { bytes }]))
/** Moves for 20 s, then nothing, and nothing more is heard of the client. */
const clientSilent = (second: number): Partials =>
  second <= 20
    ? all(second * 20e6)
    : { ...all(400e6), source: unknown, client: unknown, tunnel: { bytes: 400e6, process: null } }

describe('a client that says nothing', () => {
  it('is the place itself when its appliance answers', () => {
    expect(named(40, clientSilent, { heartbeatSeconds: 1 })).toMatchObject({ kind: 'stalled', hop: 'client' })
  })
  it('even when its copier has ended and took the connections along', () => {
    expect(named(40, clientSilent, { heartbeatSeconds: 1 }, 0)).toMatchObject({ kind: 'stalled', hop: 'client' })
  })
  it('is cut off with its appliance when that is silent, too', () => {
    for (const heartbeatSeconds of [20, null])
      expect(named(40, clientSilent, { heartbeatSeconds })).toMatchObject({ kind: 'cannot-tell', hop: 'tunnel' })
  })
  it('is well while bytes arrive', () => {
    const moving = (second: number) => ({ ...all(second * 20e6), source: unknown, client: unknown })
    expect(named(40, moving, { heartbeatSeconds: 1 }).kind).toBe('healthy')
  })
})

describe('a client before its copy', () => {
  const job = { state: 'preparing', stateSeconds: 35, disks: [] } as const
  it('is named when it was started and never spoke', () => {
    const { verdict } = diagnose({ ...job, client: { askedSeconds: 31, spoke: false, silentSeconds: null } })
    expect(verdict).toMatchObject({ kind: 'stalled', hop: 'client' })
    expect(verdict.sentence).toContain('has not said a word')
  })
  it('leaves it to the source once it spoke', () => {
    expect(diagnose({ ...job, client: { askedSeconds: 31, spoke: true, silentSeconds: 1 } }).verdict.hop).toBe('source')
  })
  it('leaves it to the source while it says that it opens that, and is named once it does not', () => {
    const silent = (silentSeconds: number | null) =>
      diagnose({ ...job, client: { askedSeconds: 31, spoke: true, silentSeconds }, heartbeatSeconds: 1 }).verdict
    expect(silent(2).hop).toBe('source')
    expect(silent(12)).toMatchObject({ kind: 'stalled', hop: 'client' })
    expect(silent(12).sentence).toContain('has not said a word for 12 s')
    expect(silent(null)).toMatchObject({ kind: 'stalled', hop: 'client' })
  })
  it('is not blamed for an appliance that is out of reach', () => {
    for (const heartbeatSeconds of [null, 8])
      expect(
        diagnose({ ...job, client: { askedSeconds: 31, spoke: true, silentSeconds: 12 }, heartbeatSeconds }).verdict,
      ).toMatchObject({ kind: 'cannot-tell', hop: 'tunnel', remedies: ['cancel'] })
  })
  it('is given its time', () => {
    expect(diagnose({ ...job, client: { askedSeconds: 29, spoke: false, silentSeconds: null } }).verdict.kind).toBe(
      'expected',
    )
  })
})

it('an export that took a connection and says nothing is named, and not the source', () => {
  const found = named(30, () => all(0))
  expect(found).toMatchObject({ kind: 'stalled', hop: 'export' })
  expect(found.causes[0]).toContain('limited number of clients')
  // Whoever took the place has said something; the copier’s sockets have not, but for the SYN.
  expect(named(30, () => ({ ...all(0), client: { bytes: 1 }, tunnel: { bytes: 60 } }))).toMatchObject({ hop: 'export' })
})

it('a source whose allocation took long to tell may take as long again before the first byte', () => {
  const greeted = () => ({ ...all(0), client: { bytes: 300 }, tunnel: { bytes: 300 } })
  expect(named(40, greeted, { querySeconds: 20 })).toMatchObject({ kind: 'expected' })
  expect(named(40, greeted, { querySeconds: 1 })).toMatchObject({ kind: 'stalled', hop: 'source' })
  expect(named(70, greeted, { querySeconds: 20 })).toMatchObject({ kind: 'stalled', hop: 'source' })
})

describe('a slow copy', () => {
  it('is not called slow for a breath of ten seconds', () => {
    const breath = (second: number) => all(second < 100 ? second * 20e6 : 2e9 + (second - 100) * 1e6)
    expect(named(112, breath).kind).toBe('healthy')
    expect(named(140, breath).kind).toBe('slow')
  })
  it('names who set the pace since it is slow, not in the minute before', () => {
    const narrow = (second: number) =>
      second < 100
        ? all(second * 20e6)
        : { ...all(2e9 + (second - 100) * 1e6), client: { bytes: 2e9 + (second - 100) * 1e6, waiting: 2e6 } }
    expect(named(134, narrow)).toMatchObject({ kind: 'slow', hop: 'tunnel' })
  })
  it('is the storage’s when the export queues and waits for it now and then', () => {
    expect(paceSetter(['export', 'export', 'image', 'export'])?.hop).toBe('image')
    expect(paceSetter(['export', 'export', 'export', 'source'])?.hop).toBe('export')
    expect(paceSetter([null, null])).toBeNull()
  })
})

describe('the end of a failed backup', () => {
  it('has a sentence, evidence and a next step for every code', () => {
    for (const code of problemCodes) {
      const found = verdictOfEnd({ code, happened: 'It broke.' })
      expect(found).toMatchObject({ kind: 'dead', sentence: 'It broke.' })
      expect(found.evidence.length).toBeGreaterThan(0)
      if (found.hop) expect(found.causes.length, code).toBeGreaterThan(0)
      if (found.hop) expect(found.next, code).not.toBeNull()
    }
  })
  it('says how its tool ended, and where, when the problem knows better than its code', () => {
    const tool = { command: 'ssh -F x', exitCode: 255, signal: null, stderr: ['a', 'b', 'c', 'd'] }
    const found = verdictOfEnd({ code: 'export_unreachable', hop: 'tunnel', happened: 'Gone.', tool })
    expect(found).toMatchObject({ hop: 'tunnel', evidence: ['ssh ended with status 255', 'b', 'c', 'd'] })
  })
})

it('figures that are old claim no motion, of a disk that moved', () => {
  let disk: DiskTrack | null = null
  for (let second = 0; second <= 30; second++) disk = track(disk, sample(second, all(second * 20e6), 2))
  const disks = [{ key: 2000, state: 'copying', dataBytes: 1e10, track: disk } as const]
  const fresh = diagnose({ state: 'copying', stateSeconds: 30, now: 30_000, disks }, defaultThresholds)
  expect(fresh.disks[0]?.hops[0]).toMatchObject({ motion: 'moving', bytes: 600e6 })
  expect(isBlind(fresh)).toBe(false)
  const aged = agedLedger(fresh, 22, 15)
  expect(isBlind(aged)).toBe(true)
  expect(aged.disks[0]).toMatchObject({ key: 2000, limiting: null, verdict: { kind: 'cannot-tell', key: 2000 } })
  for (const hop of aged.disks[0]?.hops ?? [])
    expect(hop).toMatchObject({ bytes: 600e6, motion: 'unknown', bytesPerSecond: null, stillSeconds: null })
  // The export alone is measured: not blind.
  const part = named(30, (second) => ({ ...all(second * 20e6), source: unknown, client: unknown }), {
    heartbeatSeconds: 1,
  })
  expect(part.kind).not.toBe('cannot-tell')
})

it('figures that are old say so', () => {
  const facts = { state: 'copying', stateSeconds: 3, disks: [] } as const
  const ledger = diagnose(facts, defaultThresholds)
  expect(agedLedger(ledger, 3, 15)).toBe(ledger)
  expect(agedLedger(ledger, 22.4, 15)).toMatchObject({ disks: [], verdict: { kind: 'cannot-tell', hop: null } })
  expect(agedLedger(ledger, 22.4, 15).verdict.sentence).toContain('22 s')
})
