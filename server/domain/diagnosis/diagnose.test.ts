import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiskSample, type Hop, type HopSample, hops } from '#contracts/diagnosis.ts'
import { type DiskFacts, diagnose } from './diagnose.ts'
import { type DiskTrack, track } from './track.ts'

const GIB = 1024 ** 3

type Partials = Partial<Record<Hop, Partial<HopSample>>>
const sample = (at: number, given: Partials, connections: number | null = 2): DiskSample => ({
  key: 2000,
  at,
  connections,
  hops: Object.fromEntries(
    hops.map((hop) => [hop, { bytes: 0, waiting: 0, process: 'runs', ...given[hop] }]),
  ) as DiskSample['hops'],
})

/** `seconds` samples, one a second; what each holds is said by its second. */
function watch(seconds: number, at: (second: number) => Partials, connections: number | null = 2): DiskTrack {
  let disk: DiskTrack | null = null
  for (let second = 0; second <= seconds; second++) disk = track(disk, sample(second * 1000, at(second), connections))
  if (!disk) throw new Error('no samples')
  return disk
}

const all = (bytes: number): Partials => Object.fromEntries(hops.map((hop) => [hop, { bytes }]))
const job = (disk: Partial<DiskFacts>) =>
  diagnose({
    state: 'copying',
    stateSeconds: 60,
    disks: [{ key: 2000, state: 'copying', dataBytes: GIB, track: null, ...disk }],
  })
const verdict = (disk: Partial<DiskFacts>) => job(disk).verdict

/** 100 MB a second for 20 s, then nothing, with this state of the hops. */
const stalled = (after: Partials, connections: number | null = 2) => {
  const bytes = (second: number) => Math.min(second, 20) * 1e6
  const merged = (second: number) =>
    Object.fromEntries(hops.map((hop) => [hop, { bytes: bytes(second), ...(second > 20 ? after[hop] : {}) }]))
  let disk: DiskTrack | null = null
  for (let second = 0; second <= 60; second++)
    disk = track(disk, sample(second * 1000, merged(second), second > 20 ? connections : 2))
  return verdict({ track: disk })
}

describe('a copy that moves', () => {
  it('is healthy, and the pace is set by the source when nothing waits', () => {
    const ledger = job({ track: watch(30, (second) => all(second * 20e6)) })
    expect(ledger.verdict.kind).toBe('healthy')
    expect(ledger.disks[0]?.limiting).toBe('source')
    expect(ledger.disks[0]?.hops.every(({ motion }) => motion === 'moving')).toBe(true)
  })

  it('is healthy when only the image stands still: zeros take no room', () => {
    const zeros = (second: number) => ({ ...all(second * 20e6), image: { bytes: 200_704 } })
    const ledger = job({ track: watch(40, zeros) })
    expect(ledger.verdict.kind).toBe('healthy')
    expect(ledger.disks[0]?.hops.at(-1)?.motion).toBe('still')
  })

  it('is slow below the threshold, and says who sets the pace', () => {
    const slow = watch(60, (second) => ({ ...all(second * 1e6), client: { bytes: second * 1e6, waiting: 1e6 } }))
    expect(verdict({ track: slow })).toMatchObject({ kind: 'slow', hop: 'tunnel' })
  })

  it('is not called slow in its first half minute', () => {
    expect(verdict({ track: watch(10, (second) => all(second * 1e6)) }).kind).toBe('healthy')
  })
})

describe('a copy that stands still', () => {
  it.each([
    ['source', {}],
    ['source', { source: { process: 'stopped' } }],
    ['client', { client: { process: 'stopped' } }],
    ['tunnel', { client: { waiting: 4e6 } }],
    ['tunnel', { client: { waiting: 4e6 }, tunnel: { process: 'stopped' } }],
    ['export', { client: { waiting: 4e6 }, tunnel: { waiting: 4e6 } }],
    ['export', { client: { waiting: 4e6 }, tunnel: { waiting: 4e6 }, export: { process: 'stopped' } }],
    ['image', { client: { waiting: 4e6 }, tunnel: { waiting: 4e6 }, export: { process: 'disk' } }],
  ] as [Hop, Partials][])('at %s: %o', (hop, after) => {
    const found = stalled(after)
    expect(found).toMatchObject({ kind: 'stalled', hop, key: 2000 })
    expect(found.sentence).toMatch(/ 40 s/)
    expect(found.evidence.length).toBeGreaterThan(0)
    expect(found.causes.length).toBeGreaterThan(0)
    expect(found.next).not.toBeNull()
  })

  it('names the process that has ended as dead', () => {
    expect(stalled({ export: { process: 'gone' } })).toMatchObject({ kind: 'dead', hop: 'export' })
  })

  it('tells a connection that was lost from one that never was', () => {
    expect(stalled({}, 0)).toMatchObject({ kind: 'stalled', hop: 'tunnel' })
    const never = watch(40, () => all(0), 0)
    expect(verdict({ track: never })).toMatchObject({ kind: 'stalled', hop: 'client' })
    expect(verdict({ track: never }).sentence).toContain('no connection has reached the export')
  })

  it('is narrowed down from the hub alone, and says what is missing', () => {
    const unknown = { bytes: null, waiting: null, process: null }
    const found = stalled({ source: unknown, client: unknown })
    expect(found).toMatchObject({ kind: 'cannot-tell', hop: 'tunnel' })
    expect(found.sentence).toContain('appliance does not answer')
    expect(stalled({ source: unknown, client: unknown, tunnel: { waiting: 5e6 } })).toMatchObject({
      kind: 'stalled',
      hop: 'export',
    })
  })

  it('is named while its source is still read into the copier’s memory', () => {
    const ahead = (waiting: Partials) => (second: number) => {
      const sent = Math.min(second, 20) * 1e6
      return { ...all(sent), source: { bytes: second * 1e6 }, ...(second > 20 ? waiting : {}) }
    }
    const full = (second: number) => ({ bytes: Math.min(second, 20) * 1e6, waiting: 4e6 })
    const hole = watch(40, ahead({ client: full(40) }))
    expect(verdict({ track: hole })).toMatchObject({ kind: 'stalled', hop: 'tunnel' })
    expect(verdict({ track: hole }).sentence).toContain('Nothing has gone through for 20 s')
    expect(verdict({ track: watch(28, ahead({ client: full(28) })) })).toMatchObject({
      kind: 'expected',
      secondsLeft: 7,
    })
    const queued = { client: full(40), tunnel: full(40) }
    expect(verdict({ track: watch(40, ahead(queued)) })).toMatchObject({ kind: 'stalled', hop: 'export' })
    const hangs = { ...queued, export: { bytes: 20e6, process: 'disk' } } as const
    expect(verdict({ track: watch(40, ahead(hangs)) })).toMatchObject({ kind: 'stalled', hop: 'image' })
    const dropped = watch(40, ahead({ client: full(40) }), 0)
    expect(verdict({ track: dropped })).toMatchObject({ kind: 'stalled', hop: 'tunnel' })
    // Also when its last byte is read by then.
    expect(verdict({ dataBytes: 40e6, track: hole })).toMatchObject({ kind: 'stalled', hop: 'tunnel' })
    for (const idle of [{}, { export: { bytes: 20e6, process: 'disk' } }] as const)
      expect(verdict({ track: watch(60, ahead(idle)) }).kind, 'zeros are read and not sent').not.toBe('stalled')
  })

  it('is not called the client’s silence when only the sockets cannot be read', () => {
    const blind = { waiting: null }
    const stands = (second: number) => ({
      ...all(Math.min(second, 20) * 1e6),
      client: { bytes: null, ...blind },
    })
    const disks = [{ key: 2000, state: 'copying', dataBytes: GIB, track: watch(40, stands) } as const]
    const found = diagnose({ state: 'copying', stateSeconds: 40, heartbeatSeconds: 1, disks }).verdict
    expect(found).toMatchObject({ kind: 'cannot-tell', hop: 'tunnel' })
    expect(found.causes[0]).toContain('ss')
  })

  it('is given its time first', () => {
    const bytes = (second: number) => Math.min(second, 20) * 1e6
    const found = verdict({ track: watch(28, (second) => all(bytes(second))) })
    expect(found).toMatchObject({ kind: 'expected', secondsLeft: 7 })
  })
})

describe('what is no stall', () => {
  it('a disk without data', () => expect(verdict({ dataBytes: 0 })).toMatchObject({ kind: 'nothing', key: 2000 }))
  it('a disk at its last byte', () =>
    expect(verdict({ dataBytes: 20e6, track: watch(40, (second) => all(Math.min(second, 20) * 1e6)) }).kind).toBe(
      'expected',
    ))
  it('an empty disk beside one that moves', () => {
    const moving = { key: 2000, state: 'copying', dataBytes: GIB, track: watch(9, (s) => all(s * 20e6)) } as const
    const empty = { key: 2001, state: 'copying', dataBytes: 0, track: null } as const
    expect(diagnose({ state: 'copying', stateSeconds: 9, disks: [moving, empty] }).verdict.kind).toBe('healthy')
  })
  it('a phase within its budget', () => {
    expect(diagnose({ state: 'checking', stateSeconds: 20, disks: [] }).verdict).toMatchObject({ kind: 'expected' })
    expect(diagnose({ state: 'checking', stateSeconds: 900, disks: [] }).verdict).toMatchObject({ kind: 'stalled' })
  })
  it('a long question for the allocation of a large disk', () => {
    const disks = [{ key: 1, state: 'pending', dataBytes: null, track: null }] as const
    expect(diagnose({ state: 'queued', stateSeconds: 100, disks }).verdict.kind).toBe('expected')
  })
})

it('counters that begin anew never go backwards, whatever comes', () => {
  const hop = fc.record({
    bytes: fc.option(fc.integer({ min: 0, max: 1e12 })),
    waiting: fc.option(fc.integer({ min: 0, max: 1e8 })),
    process: fc.constantFrom('runs', 'disk', 'stopped', 'gone', null),
  })
  const samples = fc.array(fc.record({ source: hop, client: hop, tunnel: hop, export: hop, image: hop }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(samples, fc.option(fc.integer({ min: 0, max: 4 })), (list, connections) => {
      let disk: DiskTrack | null = null
      for (const [second, given] of list.entries()) {
        const before: DiskTrack | null = disk
        disk = track(before, sample(second * 1000, given as Partials, connections))
        for (const name of hops)
          expect(disk.hops[name].bytes ?? 0).toBeGreaterThanOrEqual(before?.hops[name].bytes ?? 0)
        const { verdict: found } = job({ track: disk })
        if (found.kind === 'stalled' || found.kind === 'dead') expect(found.evidence.length).toBeGreaterThan(0)
      }
    }),
  )
})
