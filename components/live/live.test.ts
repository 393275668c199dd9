import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventData, HubEvent } from '#contracts/events.ts'
import { SAMPLES_LIMIT } from '#contracts/sample-rules.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobSummary, JobView } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { applyEvents, patchEvents } from './apply.ts'
import { copiedKey } from './copied.ts'
import { effectOf } from './effects.ts'
import { RecentEvents } from './event-log.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'
import { reduceSamples } from './reduce-samples.ts'

const id = '00000000-0000-4000-8000-000000000001'
const event = (seq: number, data: EventData, jobId: string | null = id): HubEvent => ({
  seq: String(seq),
  at: new Date(1_800_000_000_000 + seq).toISOString(),
  jobId,
  data,
})
const progress = (seq: number, readBytes: number) =>
  event(seq, {
    kind: 'job.progress',
    bytesPerSecond: readBytes,
    etaSeconds: 1,
    disks: [
      {
        key: 2000,
        state: 'copying',
        sizeBytes: 100,
        dataBytes: 100,
        readBytes,
        writtenBytes: readBytes,
        sentBytes: readBytes,
        checkedBytes: null,
        allocatedBytes: readBytes,
        bytesPerSecond: readBytes,
        note: null,
      },
    ],
  })
const state = (seq: number, to: JobView['state']) =>
  event(seq, { kind: 'job.state', vmId: id, backupId: 'backup-a-1795434761', state: to, message: to })
const step = (seq: number) => event(seq, { kind: 'job.step', step: 's', outcome: 'ok', message: `step ${seq}` })
const view = (cursor: number) =>
  ({
    id,
    cursor: String(cursor),
    state: 'copying',
    stateSince: '',
    startedAt: null,
    finishedAt: null,
    etaSeconds: null,
    bytesPerSecond: 0,
    disks: [{ key: 2000, label: 'Hard disk 1', readBytes: 0, allocatedBytes: 0 }],
  }) as unknown as JobView

describe('a job view', () => {
  it('has new figures with each event, however equal: a cache that keeps equal things would take them for late', () => {
    const cache = new QueryClient()
    const figures = { seq: '0', ageSeconds: 0.4, lateAfterSeconds: 15 }
    cache.setQueryData<JobView>(['job'], { ...view(0), figures })
    const seen = [1, 2, 3].map((seq) => {
      cache.setQueryData<JobView>(['job'], (job) => job && reduceJob(job, progress(seq, 7)))
      return cache.getQueryData<JobView>(['job'])?.figures
    })
    expect(new Set(seen).size).toBe(3)
    expect(seen[2]).toEqual({ seq: '3', ageSeconds: 0, lateAfterSeconds: 15 })
    expect(reduceJob({ ...view(3), figures }, state(4, 'flushing')).figures).toBeNull()
  })

  it('takes later events in order, and none twice', () => {
    const events = [progress(11, 10), state(12, 'flushing'), progress(13, 20)]
    const once = events.reduce(reduceJob, view(10))
    expect(once).toMatchObject({ cursor: '13', state: 'flushing', disks: [{ readBytes: 20, label: 'Hard disk 1' }] })
    expect(events.reduce(reduceJob, once)).toBe(once)
  })

  it('is the same from any cursor, however often events are delivered', () => {
    const all = [progress(1, 1), state(2, 'flushing'), step(3), progress(4, 4), state(5, 'checking'), progress(6, 6)]
    const complete = all.reduce(reduceJob, view(0))
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 4 }), (restarts) => {
        // Each restart delivers from some earlier point again, as a reconnecting stream may.
        const delivered = [...restarts.flatMap((from) => all.slice(0, from)), ...all]
        expect(delivered.reduce(reduceJob, view(0))).toEqual(complete)
      }),
    )
  })

  it('leaves other jobs alone', () => {
    const job = view(0)
    expect(reduceJob(job, { ...progress(1, 1), jobId: '00000000-0000-4000-8000-000000000002' })).toBe(job)
  })

  it('has an end when the job has one', () => {
    const ended = reduceJob(reduceJob(view(0), progress(1, 5)), state(2, 'completed'))
    expect(ended).toMatchObject({ state: 'completed', etaSeconds: null, bytesPerSecond: 0 })
    expect(ended.finishedAt).toBe(state(2, 'completed').at)
  })
})

describe('a job log', () => {
  it('takes facts once, in order, and no figures', () => {
    const events = [state(1, 'planned'), step(2), progress(3, 1), step(4)]
    const log = [...events, ...events].reduce(reduceLog, [] as HubEvent[])
    expect(log.map(({ seq }) => seq)).toEqual(['1', '2', '4'])
  })
})

describe('the samples of a job', () => {
  const none: JobSamples = { at: [], disks: [], cursor: '0' }

  it('grow by each figure once, in order, and by no fact', () => {
    const events = [progress(1, 1), step(2), progress(3, 3)]
    const samples = [...events, ...events].reduce(reduceSamples, none)
    expect(samples.at).toEqual([events[0], events[2]].map((each) => Date.parse(each?.at ?? '')))
    expect(samples.disks).toMatchObject([{ key: 2000, readBytes: [1, 3], state: ['copying', 'copying'] }])
    expect(samples.cursor).toBe('3')
  })

  it('have nothing where a disk was not measured or not there yet', () => {
    const other = progress(2, 2)
    if (other.data.kind !== 'job.progress') throw new Error('no figures')
    const both = { ...other, data: { ...other.data, disks: other.data.disks.map((disk) => ({ ...disk, key: 2001 })) } }
    const samples = [progress(1, 1), both].reduce(reduceSamples, none)
    expect(samples.disks).toMatchObject([
      { key: 2000, readBytes: [1, null] },
      { key: 2001, readBytes: [null, 2], state: ['pending', 'copying'] },
    ])
  })

  it('stay bounded in a tab that is open for days', () => {
    let samples = none
    for (let second = 1; second <= 3 * SAMPLES_LIMIT; second++) {
      const at = new Date(1_800_000_000_000 + second * 1000).toISOString()
      samples = reduceSamples(samples, { ...progress(second, second), at })
    }
    expect(samples.at.length).toBeLessThanOrEqual(SAMPLES_LIMIT)
    expect(samples.disks[0]?.readBytes).toHaveLength(samples.at.length)
    expect([samples.disks[0]?.readBytes[0], samples.disks[0]?.readBytes.at(-1)]).toEqual([1, 3 * SAMPLES_LIMIT])
  })
})

describe('what a tab remembers', () => {
  it('gives what came after a cursor, and knows what it forgot', () => {
    const recent = new RecentEvents('10', 3)
    for (const seq of [11, 12, 13]) expect(recent.add(step(seq))).toBe(true)
    expect(recent.add(step(12))).toBe(false)
    expect(recent.after('11')?.map(({ seq }) => seq)).toEqual(['12', '13'])
    expect(recent.after('9')).toBeNull()
    recent.add(step(14))
    expect(recent.after('10')).toBeNull()
    expect(recent.after('11')?.map(({ seq }) => seq)).toEqual(['12', '13', '14'])
    expect(recent.newest).toBe('14')
  })

  it('keeps the newest figures of a job only', () => {
    const recent = new RecentEvents('0', 3)
    for (let seq = 1; seq <= 50; seq++) recent.add(progress(seq, seq))
    expect(recent.after('0')?.map(({ seq }) => seq)).toEqual(['50'])
  })
})

describe('the query cache', () => {
  const world = () => {
    const cache = new QueryClient()
    const api = createTRPCOptionsProxy<AppRouter>({
      client: createTRPCClient<AppRouter>({ links: [] }),
      queryClient: cache,
    })
    return { cache, api }
  }

  it('gets the event put in, and is told what else is out of date', () => {
    const { cache, api } = world()
    const job = api.backups.get.queryKey({ id: 'backup-a-1795434761' })
    const log = api.backups.events.queryKey({ jobId: id })
    const vms = api.vms.list.queryKey()
    const vm = api.vms.get.queryKey({ id })
    const other = api.vms.get.queryKey({ id: '00000000-0000-4000-8000-000000000002' })
    const points = api.vms.restorePoints.infiniteQueryKey({ id })
    const repositories = api.repositories.list.queryKey()
    cache.setQueryData(job, view(0))
    cache.setQueryData(log, [])
    cache.setQueryData(vms, [])
    for (const key of [vm, other, points]) cache.setQueryData(key as typeof vm, {} as never)
    cache.setQueryData(repositories, [])
    applyEvents(api, cache, [progress(1, 7), state(2, 'flushing')])
    expect(cache.getQueryData(job)).toMatchObject({ cursor: '2', state: 'flushing', disks: [{ readBytes: 7 }] })
    expect(cache.getQueryData(log)?.map(({ seq }) => seq)).toEqual(['2'])
    const stale = (key: readonly unknown[]) => cache.getQueryState(key)?.isInvalidated
    expect([stale(job), stale(vm), stale(points)]).toEqual([true, true, true])
    expect([stale(vms), stale(other), stale(repositories)]).toEqual([false, false, false])
  })

  it('leaves the asking to who wants to wait with it', () => {
    const { cache, api } = world()
    const vms = api.vms.list.queryKey()
    cache.setQueryData(vms, [])
    const told: string[] = []
    applyEvents(api, cache, [state(1, 'copying'), state(2, 'flushing')], (nouns) => told.push(...nouns))
    expect(told).toEqual([`job ${id}`, `vm ${id}`, 'overview'])
    expect(cache.getQueryState(vms)?.isInvalidated).toBe(false)
  })

  it('is not asked again for figures', () => {
    const { cache, api } = world()
    const job = api.backups.get.queryKey({ id })
    cache.setQueryData(job, view(0))
    applyEvents(api, cache, [progress(1, 7)])
    expect(cache.getQueryState(job)?.isInvalidated).toBe(false)
    patchEvents(api, cache, [state(2, 'failed')])
    expect(cache.getQueryState(job)?.isInvalidated).toBe(false)
    expect(cache.getQueryData(job)).toMatchObject({ state: 'failed' })
  })

  const other = '00000000-0000-4000-8000-000000000002'

  it('keeps its hands off other jobs, whose watchers hear nothing', () => {
    const { cache, api } = world()
    const [mine, theirs] = [id, other].map((jobId) => api.backups.get.queryKey({ id: jobId }))
    if (!mine || !theirs) throw new Error('no keys')
    cache.setQueryData(mine, view(0))
    cache.setQueryData(theirs, { ...view(0), id: other })
    const heard: unknown[] = []
    cache.getQueryCache().subscribe((event) => heard.push(event.query.queryKey))
    applyEvents(api, cache, [progress(1, 7)])
    expect(heard.length).toBeGreaterThan(0)
    const own = [mine, copiedKey(id)].map((key) => JSON.stringify(key))
    expect(new Set(heard.map((key) => JSON.stringify(key)))).toEqual(new Set(own))
    expect(cache.getQueryData(copiedKey(id)), 'a percentage for lists, which ask for no job').toBeTypeOf('number')
    applyEvents(api, cache, [state(2, 'checking')])
    expect([mine, theirs].map((key) => cache.getQueryState(key)?.isInvalidated)).toEqual([true, false])
  })

  it('moves a job in every list by the event itself, and asks for lists when one begins or ends', () => {
    const { cache, api } = world()
    const job = { id, state: 'copying', stateSince: '', startedAt: '' } as JobSummary
    const plain = api.backups.list.queryKey({ active: true })
    const paged = api.backups.list.infiniteQueryKey({})
    cache.setQueryData(plain, { items: [job], nextCursor: null })
    cache.setQueryData(paged, {
      pages: [{ items: [{ ...job, id: other }, job], nextCursor: null }],
      pageParams: [null],
    })
    applyEvents(api, cache, [state(1, 'checking')])
    expect(cache.getQueryData(plain)?.items.map((each) => each.state)).toEqual(['checking'])
    expect(cache.getQueryData(paged)?.pages[0]?.items.map((each) => each.state)).toEqual(['copying', 'checking'])
    expect(cache.getQueryState(plain)?.isInvalidated).toBe(false)
    applyEvents(api, cache, [state(2, 'completed')])
    expect(cache.getQueryData(plain)?.items[0]).toMatchObject({ finishedAt: state(2, 'completed').at })
    expect([plain, paged].map((key) => cache.getQueryState(key)?.isInvalidated)).toEqual([true, true])
  })
})

describe('what an event makes old', () => {
  const every: EventData[] = [
    { kind: 'backup.created', vmId: id, backupId: 'backup-a-1795434761' },
    { kind: 'appliance.changed', applianceId: id },
    { kind: 'vms.changed', applianceId: id },
    { kind: 'repository.changed', repositoryId: id },
    { kind: 'tunnels.changed' },
  ]

  it.each([state(1, 'failed'), ...every.map((data) => event(1, data, null))])('the overview by $data.kind', (told) => {
    expect(effectOf(told).refetch).toContain('overview')
  })

  it('not the overview by figures and steps', () => {
    expect([progress(1, 1), step(2)].flatMap((told) => effectOf(told).refetch)).toEqual([])
  })
})
