import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventData, HubEvent } from '#contracts/events.ts'
import type { JobView } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { applyEvents, patchEvents } from './apply.ts'
import { RecentEvents } from './event-log.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'

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
        sentBytes: readBytes,
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
})
