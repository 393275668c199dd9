import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventData, HubEvent } from '#contracts/events.ts'
import type { JobState } from '#contracts/job.ts'
import type { VmSummary } from '#contracts/views.ts'
import { reduceVms } from './reduce-vms.ts'

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString()
const event = (second: number, data: EventData): HubEvent => ({
  seq: String(second),
  at: at(second),
  jobId: null,
  data,
})
const state = (second: number, vm: number, backupId: string, to: JobState) =>
  event(second, { kind: 'job.state', vmId: uuid(vm), backupId, state: to, message: to })
const created = (second: number, vm: number, backupId: string) =>
  event(second, { kind: 'backup.created', vmId: uuid(vm), backupId, takenAt: at(second - 5), state: 'ok' })

const row = (n: number): VmSummary => ({
  ...{ id: uuid(n), name: `vm ${n}`, applianceName: 'node-1', missing: false, sizeBytes: 1, diskCount: 1 },
  ...{ lastBackupAt: null, newestPointAt: null, newestStanding: null, lastJob: null },
})
const rows = [row(1), row(2)]

const history = [
  state(10, 2, 'backup-b-1', 'queued'),
  state(20, 2, 'backup-b-1', 'copying'),
  state(30, 2, 'backup-b-1', 'completed'),
  created(30, 2, 'backup-b-1'),
  state(40, 2, 'backup-b-2', 'queued'),
  state(50, 2, 'backup-b-2', 'failed'),
]

describe('the list of machines', () => {
  it('follows a job in its own row and leaves the others as they are', () => {
    const after = history.slice(0, 4).reduce(reduceVms, rows)
    expect(after[0]).toBe(rows[0])
    expect(after[1]).toMatchObject({
      lastBackupAt: at(25),
      newestStanding: 'ok',
      lastJob: { backupId: 'backup-b-1', state: 'completed', stateSince: at(30) },
    })
  })

  it('is the same however often, and from wherever, events are delivered again', () => {
    const complete = history.reduce(reduceVms, rows)
    fc.assert(
      fc.property(fc.array(fc.nat(history.length), { maxLength: 4 }), (restarts) => {
        const delivered = [...history, ...restarts.flatMap((from) => history.slice(from))]
        expect(delivered.reduce(reduceVms, rows)).toEqual(complete)
      }),
    )
    expect(history.reduce(reduceVms, complete)).toBe(complete)
  })

  it('A9: a restore point that does not count makes no row green', () => {
    const { data, ...rest } = created(30, 2, 'backup-b-1')
    for (const state of ['unproved', undefined] as const)
      expect(reduceVms(rows, { ...rest, data: { ...data, state } as EventData })).toBe(rows)
  })

  it('is not changed by other events and unknown machines', () => {
    expect(reduceVms(rows, state(1, 9, 'backup-x-1', 'queued'))).toBe(rows)
    expect(reduceVms(rows, event(1, { kind: 'exports.changed' }))).toBe(rows)
  })
})
