import { describe, expect, it } from 'vitest'
import type { OverviewView } from '#contracts/views.ts'
import { coverage, reassure } from './reassurance.ts'

const repository = (name: string, more: Partial<OverviewView['repositories'][number]> = {}) => ({
  ...{ id: name, name, totalBytes: 1000, freeBytes: 500, problem: null, checkedAt: null },
  ...more,
})
const appliance = (name: string, state: OverviewView['appliances'][number]['state']) => ({
  ...{ id: name, name, state, roundTripMs: null, connectedAt: null, lastSeenAt: null, problem: null, vmCount: 3 },
})
const listed = { unusable: 0, missing: 0 }
const points = { ok: 40, unproved: 0, notLookedAt: 0, missing: 0, damaged: 0 }
const problem = { code: 'repository_missing' as const, happened: 'It is gone.' }

type Known = Parameters<typeof reassure>[0]
const well: Known = {
  engine: true,
  recentDays: 7,
  known: { repositories: 1, appliances: 1, vms: 12, backups: 40 },
  vms: { total: 12, recent: 12, old: 0, never: 0, ...listed },
  points,
  running: { count: 0, items: [], troubled: [] },
  concerns: { failed: 0, failedLately: 0, old: 0, never: 0, unusable: 0, items: [] },
  repositories: [repository('main')],
  appliances: [appliance('node-1', 'online')],
}
const concerns = (more: Partial<Known['concerns']>) => ({ ...well.concerns, ...more })

describe('when all is well', () => {
  it('says so, and that nothing runs', () =>
    expect(reassure(well)).toEqual({
      tone: 'ok',
      headline: 'All 12 virtual machines have a backup from the last 7 days.',
      detail: 'Nothing is running.',
    }))

  it('counts what runs', () => {
    expect(reassure({ ...well, running: { count: 1, items: [], troubled: [] } }).detail).toBe('1 backup is running.')
    expect(reassure({ ...well, running: { count: 50, items: [], troubled: [] } }).detail).toBe(
      '50 backups are running.',
    )
  })

  it('takes a paused appliance as it is meant, and says that it is', () =>
    expect(reassure({ ...well, appliances: [appliance('node-2', 'paused')] })).toMatchObject({
      ...{ tone: 'ok', detail: 'Nothing is running. The appliance node-2 is paused.' },
    }))
})

describe('coverage', () => {
  it.each([
    [0, 0, 0, ''],
    [1, 1, 0, 'The one virtual machine has a backup from the last 7 days.'],
    [1, 0, 1, 'The one virtual machine has no backup yet.'],
    [1, 0, 0, 'The one virtual machine has no backup from the last 7 days.'],
    [2, 2, 0, 'All 2 virtual machines have a backup from the last 7 days.'],
    [3, 0, 3, 'None of the 3 virtual machines has a backup yet.'],
    [3, 0, 2, 'None of the 3 virtual machines has a backup from the last 7 days.'],
    [3, 1, 2, '1 of 3 virtual machines has a backup from the last 7 days.'],
    [12, 10, 1, '10 of 12 virtual machines have a backup from the last 7 days.'],
  ])('of %d with %d recent and %d never', (total, recent, never, text) =>
    expect(coverage({ recentDays: 7, vms: { total, recent, never, old: total - recent - never, ...listed } })).toBe(
      text,
    ),
  )
})

describe('what is wrong comes first', () => {
  const bad: Partial<Known>[] = [
    { appliances: [appliance('node-1', 'offline')] },
    { repositories: [repository('main', { problem })] },
    { concerns: concerns({ failed: 2, failedLately: 2 }) },
    { engine: false },
  ]

  it.each([
    [bad[0], 'The appliance node-1 is not reachable.'],
    [bad[1], 'The repository main cannot be used.'],
    [bad[2], '2 backups failed in the last 24 hours.'],
    [bad[3], 'The hub’s engine does not run, so no backup can start.'],
  ])('%j', (wrong, headline) => expect(reassure({ ...well, ...wrong })).toMatchObject({ tone: 'bad', headline }))

  it('in this order', () => {
    const all: Known = Object.assign({}, well, ...bad)
    expect(reassure(all).headline).toMatch(/engine/)
    expect(reassure({ ...all, engine: true }).headline).toMatch(/failed/)
    expect(reassure({ ...all, engine: true, concerns: well.concerns }).headline).toMatch(/repository/)
  })

  it('and what else is wrong stands next', () =>
    expect(reassure({ ...Object.assign({}, well, ...bad), engine: true }).detail).toMatch(
      /^The repository main cannot be used\. The appliance node-1 is not reachable\. All 12/,
    ))

  it('with what is safe beside it', () =>
    expect(reassure({ ...well, concerns: concerns({ failed: 1, failedLately: 1 }) })).toEqual({
      tone: 'bad',
      headline: '1 backup failed in the last 24 hours.',
      detail:
        'All 12 virtual machines have a backup from the last 7 days. Nothing is running. Restore points are untouched.',
    }))

  it('does not call an old failure a new one', () => {
    const headline = (failed: number, failedLately: number) =>
      reassure({ ...well, concerns: concerns({ failed, failedLately }) }).headline
    expect(headline(1, 0)).toBe('The last backup of 1 virtual machine failed.')
    expect(headline(3, 1)).toBe('The last backups of 3 virtual machines failed.')
  })

  it('a running backup that stands still, before all else; one that is slow is worth a look', () => {
    const running = (...troubled: Known['running']['troubled']) => ({
      ...well,
      running: { count: 3, items: [], troubled },
    })
    const stalled = { vmName: 'web', kind: 'stalled' } as const
    const slow = { vmName: 'db', kind: 'slow' } as const
    expect(reassure({ ...running(slow, stalled), concerns: concerns({ failed: 1, failedLately: 1 }) })).toMatchObject({
      tone: 'bad',
      headline: 'The backup of web stands still.',
      detail: expect.stringMatching(/^1 backup failed in the last 24 hours\. The backup of db is slow\./),
    })
    expect(reassure(running(stalled, { ...stalled, kind: 'dead' })).headline).toBe('2 running backups stand still.')
    expect(reassure(running(slow))).toMatchObject({ tone: 'warn', headline: 'The backup of db is slow.' })
    expect(reassure(running({ vmName: 'db', kind: 'cannot-tell' })).headline).toBe(
      'The backup of db cannot be measured now.',
    )
  })

  it('counts when there are several', () => {
    const two = [repository('a', { problem }), repository('b', { problem })]
    expect(reassure({ ...well, repositories: two }).headline).toBe('2 repositories cannot be used.')
    const away = [appliance('a', 'offline'), appliance('b', 'mismatch')]
    expect(reassure({ ...well, appliances: away }).headline).toBe('2 appliances are not reachable.')
  })
})

describe('A9: what restore points themselves say', () => {
  const with_ = (more: Partial<typeof points>, unusable = 0) =>
    reassure({ ...well, points: { ...points, ...more }, vms: { ...well.vms, recent: 12 - unusable, unusable } })

  it('A9: damaged and missing ones come first, and nobody is told that they are untouched', () => {
    const said = with_({ damaged: 1, missing: 2 }, 1)
    expect(said).toMatchObject({ tone: 'bad', headline: '1 restore point is damaged, 2 are missing.' })
    expect(said.detail).toMatch(/^The newest restore point of 1 virtual machine does not count\./)
    expect(said.detail).not.toMatch(/untouched/)
  })

  it('A9: what nobody could look at is never green, though all machines have recent points', () => {
    for (const more of [{ notLookedAt: 1 }, { unproved: 1 }] as const) expect(with_(more).tone).toBe('warn')
    expect(with_({}, 1)).toMatchObject({
      tone: 'bad',
      headline: 'The newest restore point of 1 virtual machine does not count.',
    })
  })

  it('A9: a machine that its source does not list is still counted', () =>
    expect(reassure({ ...well, vms: { ...well.vms, missing: 2 } })).toMatchObject({
      tone: 'warn',
      headline: '2 virtual machines are not listed by their sources now.',
    }))
})

describe('what is due', () => {
  it('is a warning when nobody sees to it', () =>
    expect(
      reassure({
        ...well,
        vms: { total: 12, recent: 10, old: 1, never: 1, ...listed },
        concerns: concerns({ old: 1, never: 1 }),
      }),
    ).toMatchObject({ tone: 'warn', headline: '10 of 12 virtual machines have a backup from the last 7 days.' }))

  it('is no warning on a new hub', () => {
    const fresh: Known = {
      ...well,
      known: { ...well.known, backups: 0 },
      vms: { total: 12, recent: 0, old: 0, never: 12, ...listed },
      concerns: concerns({ never: 12 }),
    }
    expect(reassure(fresh).tone).toBe('unknown')
    expect(reassure({ ...fresh, running: { count: 1, items: [], troubled: [] } }).tone).toBe('busy')
  })

  it('is no warning while its backup runs', () =>
    expect(
      reassure({
        ...well,
        vms: { total: 1, recent: 0, old: 0, never: 1, ...listed },
        running: { count: 1, items: [], troubled: [] },
      }),
    ).toEqual({ tone: 'busy', headline: 'The one virtual machine has no backup yet.', detail: '1 backup is running.' }))

  it('is room in a repository, when it is nearly gone', () => {
    expect(reassure({ ...well, repositories: [repository('main', { freeBytes: 50 })] })).toMatchObject({
      tone: 'warn',
      headline: 'The repository main is almost full.',
    })
    expect(reassure({ ...well, repositories: [repository('main', { freeBytes: null })] }).tone).toBe('ok')
  })
})

describe('with nothing to protect', () => {
  const none = { total: 0, recent: 0, old: 0, never: 0, ...listed }
  const empty = { repositories: 0, appliances: 0, vms: 0, backups: 0 }

  it('says that plainly', () =>
    expect(
      reassure({ ...well, vms: none, known: empty, points: { ...points, ok: 0 }, repositories: [], appliances: [] }),
    ).toEqual({
      tone: 'unknown',
      headline: 'Nothing is protected yet.',
      detail: 'The steps below lead to the first backup.',
    }))

  it('tells it from machines that went away', () =>
    expect(reassure({ ...well, vms: none })).toEqual({
      tone: 'unknown',
      headline: 'No source lists a virtual machine any more.',
      detail: 'Restore points are untouched.',
    }))
})
