import { describe, expect, it } from 'vitest'
import type { JobState } from '#contracts/job.ts'
import type { VmSummary } from '#contracts/views.ts'
import { appliancesOf, filterVms } from './filter.ts'
import { firstView, isFor, viewOf } from './first-view.ts'
import { comparisons, readSort, sortParams, writeSort } from './sort.ts'

const vm = (name: string, state: JobState | null, lastBackupAt: string | null, applianceName = 'north'): VmSummary => ({
  ...{ id: name, name, applianceName, missing: false, sizeBytes: name.length, diskCount: 1, lastBackupAt },
  ...{ newestPointAt: lastBackupAt, newestStanding: lastBackupAt === null ? null : 'ok' },
  lastJob: state && { backupId: `backup-${name}-1`, state, stateSince: '2026-11-20T00:00:00.000Z' },
})
const vms = [
  vm('web 10', 'completed', '2026-11-20T00:00:00.000Z'),
  vm('web 2', 'failed', '2026-11-19T00:00:00.000Z'),
  vm('Mail', 'copying', null, 'south'),
  vm('خادم', null, null),
]
const all = { search: '', show: 'all', appliance: '' } as const
const names = (rows: readonly VmSummary[]) => rows.map(({ name }) => name)

describe('the filter', () => {
  it('finds by every word, in any case and order, also by the appliance', () => {
    expect(names(filterVms(vms, { ...all, search: ' 10 WEB ' }).rows)).toEqual(['web 10'])
    expect(names(filterVms(vms, { ...all, search: 'south' }).rows)).toEqual(['Mail'])
    expect(names(filterVms(vms, { ...all, search: 'خاد' }).rows)).toEqual(['خادم'])
  })

  it('counts what each choice would show under the same search', () => {
    const { rows, counts } = filterVms(vms, { ...all, show: 'failed' })
    expect(names(rows)).toEqual(['web 2'])
    expect(counts).toEqual({ all: 4, protected: 2, unprotected: 2, failed: 1, running: 1 })
    expect(filterVms(vms, { ...all, appliance: 'south' }).counts).toMatchObject({ all: 1, running: 1, protected: 0 })
  })

  it('A9: counts a machine as protected by its newest restore point, and by no older one', () => {
    const [first] = vms
    if (!first) throw new Error('no machine')
    for (const newestStanding of ['unproved', 'not-looked-at', 'missing', 'damaged'] as const) {
      const { counts } = filterVms([{ ...first, newestStanding }], all)
      expect(counts, newestStanding).toMatchObject({ protected: 0, unprotected: 1 })
      const [worst] = [...vms, { ...first, name: 'x', newestStanding }].toSorted(comparisons.state)
      expect(worst?.name).toBe('x')
    }
  })

  it('knows the appliances', () => expect(appliancesOf(vms)).toEqual(['north', 'south']))
})

describe('the first rows of a long list', () => {
  const long = Array.from({ length: 200 }, (_, index) => vm(`web ${index}`, index % 2 ? 'failed' : 'completed', null))
  const plain = { q: '', show: 'all', appliance: '', sort: 'name' } as const

  it('are those of the filters and the order in the address, and know how many there are', () => {
    const filters = { ...plain, q: 'web 1', show: 'failed', sort: '-name' } as const
    const first = firstView(long, filters)
    expect(names(first.rows).slice(0, 2)).toEqual(['web 199', 'web 197'])
    expect(first.rows).toHaveLength(28)
    const { rows, ...counted } = viewOf(long, filters)
    expect(first).toMatchObject({ ...counted, matching: rows.length, total: 200, appliances: ['north'] })
    expect(firstView(long, plain)).toMatchObject({ matching: 200, counts: { all: 200, failed: 100 } })
  })

  it('keep the order of what is equal, as the table does', () => {
    const same = (sort: 'size' | '-size') => names(firstView([...vms, vm('Post', null, null)], { ...plain, sort }).rows)
    expect(same('size')).toEqual(['Mail', 'خادم', 'Post', 'web 2', 'web 10'])
    expect(same('-size')).toEqual(['web 10', 'web 2', 'Mail', 'خادم', 'Post'])
  })

  it('say nothing of other filters', () => {
    const first = firstView(long, plain)
    expect(isFor(first, { ...plain })).toBe(true)
    for (const other of [{ q: 'x' }, { show: 'failed' }, { appliance: 'north' }, { sort: '-name' }] as const)
      expect(isFor(first, { ...plain, ...other })).toBe(false)
  })
})

describe('the order', () => {
  it('is that of people: numbers by value, case aside', () => {
    expect(names(vms.toSorted(comparisons.name))).toEqual(['Mail', 'web 2', 'web 10', 'خادم'])
  })

  it('puts first what needs somebody', () => {
    expect(names(vms.toSorted(comparisons.state))).toEqual(['web 2', 'Mail', 'web 10', 'خادم'])
    expect(names(vms.toSorted(comparisons.backup)).slice(0, 2)).toEqual(['Mail', 'خادم'])
  })

  it('stands in the address and comes back from there', () => {
    for (const param of sortParams) expect(writeSort(readSort(param))).toBe(param)
  })
})
