import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTerminal, type JobState, jobStates } from '#contracts/job.ts'
import { decide } from './decide.ts'
import type { Facts, ProcessFact, RowFact, SessionFact } from './facts.ts'

const now = new Date('2026-11-23T10:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const job = (state: JobState) => new Map([['j', { id: 'j', backupId: 'backup-x-1759901304', state }]])
const row = (kind: string, more: Partial<RowFact> = {}): RowFact => ({
  ...{ id: kind, kind, identity: kind, jobId: 'j', pid: null, pidStart: null, state: 'live', data: {} },
  ...{ createdAt: ago(3600), reason: null, tries: 0, triedAt: null, nextTryAt: null },
  ...more,
})
const nbd = (pid: number, more: Partial<ProcessFact> = {}): ProcessFact => ({
  ...{ pid, start: `boot:${pid}`, since: ago(3600), program: 'qemu-nbd', command: 'qemu-nbd x', mark: null },
  ...{ row: null, ports: [] },
  ...more,
})
const session = (more: Partial<SessionFact>): SessionFact => ({
  ...{ pid: 5, start: 'boot:5', peer: '10.0.0.1:4000', fingerprint: null, since: ago(3600) },
  ...{ listenPorts: [], openPorts: [] },
  ...more,
})
const appliance = { id: 'a', name: 'node-1', fingerprint: 'SHA256:a', apiPort: 9081, enabled: true, online: true }
const facts = (more: Partial<Facts>): Facts => ({
  ...{ now, settleMs: 60_000, busyJobs: new Set<string>(), jobs: job('failed'), rows: [], processes: [] },
  ...{
    listening: [],
    partials: [],
    exportFiles: [],
    temporaries: [],
    strangers: [],
    unlisted: { paths: [], more: 0 },
    keyLines: [],
    sessions: [],
  },
  ...{ appliances: [appliance], keyPrints: new Map<string, string>() },
  ...more,
})
const kinds = (more: Partial<Facts>) => decide(facts(more)).findings.map(({ orphan }) => orphan.kind)

/** Everything a job can have, on the ledger and on the host. */
const all: Partial<Facts> = {
  rows: [
    row('export', { pid: 1, pidStart: 'boot:1', data: { port: 10_100, portRowId: 'port', exportName: 'x-disk-1' } }),
    row('port'),
    row('partial-directory', { identity: '/r/x/backup-x-1759901304.partial' }),
    row('data-key', { identity: 'j' }),
    row('appliance-job', { data: { applianceId: 'a' } }),
    row('snapshot'),
  ],
  processes: [
    nbd(1, { mark: 'export', row: { id: 'export', jobId: 'j', released: false } }),
    nbd(2, { mark: 'old', row: { id: 'old', jobId: 'j', released: true } }),
  ],
  partials: ['', '-2'].map((end) => ({
    ...{ path: `/r/x/backup-x-1759901304${end}.partial`, repositoryPath: '/r', backupId: 'backup-x-1759901304' },
    ...{ jobId: 'j', sizeBytes: 7, modifiedAt: ago(3600) },
  })),
  keyLines: [{ line: 'ssh-ed25519 x sendense-data-j', kind: 'data', owner: 'j' }],
  keyPrints: new Map([['data-key', 'SHA256:j']]),
  sessions: [session({ fingerprint: 'SHA256:j' })],
}

describe('things of a job', () => {
  it.each(jobStates)('a job that is %s', (state) => {
    const found = kinds({ ...all, jobs: job(state) })
    if (!isTerminal(state)) expect(found).toEqual([])
    else
      expect(found).toEqual([
        ...['data-key', 'appliance-job', 'export', 'process', 'partial-directory', 'partial-directory', 'other'],
      ])
  })

  it('that has ended, while the engine still cleans up after it: nothing', () => {
    expect(kinds({ ...all, busyJobs: new Set(['j']) })).toEqual([])
  })

  it('that is on record no more', () => expect(kinds({ ...all, jobs: new Map() })).toContain('export'))

  it('say since when, how big, whose, and how the last try went', () => {
    const tried = { state: 'orphan', reason: 'busy', tries: 2, triedAt: ago(60), nextTryAt: ago(-60) } as const
    const [first] = decide(
      facts({ ...all, rows: [row('partial-directory', { identity: '/r/x/backup-x-1759901304.partial', ...tried })] }),
    ).findings.filter(({ orphan }) => orphan.kind === 'partial-directory')
    expect(first?.orphan).toMatchObject({
      ...{ sizeBytes: 7, backupId: 'backup-x-1759901304', since: ago(3600).toISOString() },
      ...{ reason: 'busy', tries: 2, nextTryAt: ago(-60).toISOString(), why: 'Its backup has ended (failed).' },
    })
  })

  it('an appliance that is away is waited for', () => {
    const away = facts({ ...all, appliances: [{ ...appliance, online: false }] })
    const waiting = decide(away).findings.filter(({ orphan }) => orphan.waitsFor !== null)
    expect(waiting.map(({ orphan }) => orphan.kind)).toEqual(['appliance-job'])
  })
})

describe('exports that people started', () => {
  const served = row('export', { jobId: null, pid: 1, pidStart: 'boot:1' })
  const kindsOf = (one: RowFact, ...processes: ProcessFact[]) => kinds({ rows: [one], processes })
  it('live', () => expect(kindsOf(served, nbd(1))).toEqual([]))
  it('gone', () => expect(kindsOf(served)).toEqual(['export']))
  it('whose pid is another process by now', () =>
    expect(kindsOf(served, nbd(1, { start: 'boot:9' }))).toEqual(['export']))
  it('being started', () => {
    const fresh = row('export', { jobId: null, state: 'intended', createdAt: ago(5) })
    expect(kindsOf(fresh)).toEqual([])
    expect(kinds({ rows: [fresh], settleMs: 0 })).toEqual(['export'])
  })
  it('that could not be stopped', () => expect(kindsOf({ ...served, state: 'orphan' }, nbd(1))).toEqual(['export']))
})

describe('what carries no mark of ours', () => {
  it('is shown and never among what is cleaned', () => {
    const { findings, foreign } = decide(
      facts({
        processes: [nbd(7, { ports: [10_105] }), nbd(8, { mark: 'of-another-hub' })],
        listening: [
          { port: 10_105, pids: [7] },
          { port: 10_106, pids: [99] },
          { port: 10_107, pids: [] },
        ],
        partials: [
          {
            path: '/r/y/z.partial',
            repositoryPath: '/r',
            backupId: 'z',
            jobId: null,
            sizeBytes: 1,
            modifiedAt: ago(9e6),
          },
        ],
        strangers: ['/r/mine.qcow2'],
        unlisted: { paths: ['/r/x/backup-x-1700000000'], more: 3 },
      }),
    )
    expect(findings).toEqual([])
    expect(foreign.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual([
      ...['process 7: qemu-nbd x', 'process 8: qemu-nbd x', 'port 10106', 'port 10107'],
      ...['directory /r/y/z.partial', 'restore-point /r/x/backup-x-1700000000', 'restore-point 3 more'],
      'file /r/mine.qcow2',
    ])
  })

  it('whatever else there is', () => {
    const strange = fc.record({ pid: fc.nat(), mark: fc.option(fc.string()), ports: fc.array(fc.nat()) })
    fc.assert(
      fc.property(fc.array(strange), fc.constantFrom(...jobStates), (processes, state) => {
        const others = processes.map(({ pid, ...more }) => nbd(pid + 10, more))
        const given = facts({ ...all, jobs: job(state), processes: [...(all.processes ?? []), ...others] })
        const pids = decide(given).findings.flatMap(({ target }) => (target.do === 'process' ? [target.pid] : []))
        expect(pids.filter((pid) => pid !== 2)).toEqual([])
      }),
    )
  })
})

describe('sessions', () => {
  const one = (more: Partial<SessionFact>, rest: Partial<Facts> = {}) => kinds({ sessions: [session(more)], ...rest })
  const running = { jobs: job('copying'), rows: all.rows ?? [], keyPrints: new Map([['data-key', 'SHA256:j']]) }
  it('of an appliance, by key or by its port', () => {
    expect(one({ fingerprint: 'SHA256:a' })).toEqual([])
    expect(one({ listenPorts: [9081] })).toEqual([])
  })
  it('of an appliance that is paused', () => {
    const appliances = [{ ...appliance, enabled: false }]
    expect(one({ fingerprint: 'SHA256:a' }, { appliances })).toEqual(['session'])
    expect(one({ listenPorts: [9081] }, { appliances })).toEqual(['session'])
  })
  it('with a key that is let in no more', () => expect(one({ fingerprint: 'SHA256:gone' })).toEqual(['session']))
  it('that the log does not name: left over only when no running job may be its owner', () => {
    expect(one({})).toEqual(['session'])
    expect(one({ openPorts: [10_100] }, running)).toEqual([])
    expect(one({}, running)).toEqual([])
    const named = [session({ fingerprint: 'SHA256:j' }), session({ pid: 6 })]
    expect(kinds({ ...running, sessions: named })).toEqual(['session'])
  })
})

it('files: of exports that have ended, and temporary ones that nobody goes on with', () => {
  const file = (path: string, seconds: number) => ({ path, sizeBytes: 1, modifiedAt: ago(seconds) })
  const log = { ...file('/h/x-disk-1-10100.log', 3600), exportName: 'x-disk-1', port: 10_100 }
  expect(kinds({ exportFiles: [log] })).toEqual(['file'])
  expect(kinds({ exportFiles: [{ ...log, modifiedAt: ago(5) }] })).toEqual([])
  expect(kinds({ ...all, jobs: job('copying'), exportFiles: [log] })).toEqual([])
  expect(kinds({ temporaries: [file('/h/.a.tmp', 30), file('/h/.b.tmp', 3600)] })).toEqual(['file'])
})

it('lines of the key list that let in nobody on record', () => {
  const line = (kind: 'control' | 'data' | null, owner: string | null) => ({ line: 'ssh-ed25519 x', kind, owner })
  const open = { jobs: job('copying'), rows: [row('data-key', { identity: 'j' })] }
  expect(kinds({ keyLines: [line('control', 'a'), line('data', 'j')], ...open })).toEqual([])
  expect(kinds({ keyLines: [line('control', 'b'), line('data', 'j'), line(null, null)] })).toEqual([
    ...['key-line', 'key-line', 'key-line'],
  ])
})
