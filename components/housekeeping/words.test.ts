import { expect, it } from 'vitest'
import type { HousekeepingView, Orphan } from '#contracts/housekeeping.ts'
import { standing, summary } from './words.ts'

const orphan = (more: Partial<Orphan>) =>
  ({ sizeBytes: null, waitsFor: null, reason: null, keptUntil: null, ...more }) as Orphan
const view = (...orphans: Orphan[]) => ({ orphans, notSeen: [] }) as unknown as HousekeepingView

it('says that nothing is left over, one thing, or several, and what they take', () => {
  expect(summary(view())).toEqual({ tone: 'ok', label: 'Clean', bytes: 0 })
  expect(summary(view(orphan({ sizeBytes: 5 })))).toEqual({ tone: 'warn', label: '1 thing is left over', bytes: 5 })
  expect(summary(view(orphan({ sizeBytes: 5 }), orphan({}), orphan({ sizeBytes: 7 })))).toMatchObject({
    label: '3 things are left over',
    bytes: 12,
  })
})

it('does not call clean what could not be looked at', () => {
  const blind = { ...view(), notSeen: [{ what: 'main', why: 'its disk is not mounted' }] } as HousekeepingView
  expect(summary(blind)).toEqual({ tone: 'warn', label: '1 place not looked at', bytes: 0 })
})

it('tells what waits from what failed', () => {
  expect(standing(orphan({})).label).toBe('Left over')
  expect(standing(orphan({ reason: 'busy' })).tone).toBe('bad')
  expect(standing(orphan({ reason: 'busy', waitsFor: 'node-1 is away' })).label).toBe('Waits')
})
