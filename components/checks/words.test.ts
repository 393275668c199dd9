import { expect, it } from 'vitest'
import type { VmCheck } from '#contracts/check.ts'
import { checkIds } from '#contracts/check-ids.ts'
import { newerCheck } from '../live/reduce-checks.ts'
import { checkWords } from './words.ts'

const at = '2026-11-23T10:00:00.000Z'
const item = { id: 'dns', outcome: 'passed', detail: '', remedy: null, ms: 1 } as const
const check = (more: Partial<VmCheck>): VmCheck => ({
  ...{ id: 'a', vmId: 'v', vmName: 'vm', applianceId: 'x', applianceName: 'node', repositoryName: null },
  ...{ reason: 'asked', state: 'running', startedAt: at, finishedAt: null, items: [item] },
  ...more,
})
const now = Date.parse(at) + 1000

it('says how a check stands', () => {
  expect(checkWords(check({}), now)).toMatchObject({ tone: 'busy', sentence: '1 answered so far.' })
  expect(checkWords(check({}), now + 200_000).label).toBe('Interrupted')
  expect(checkWords(check({ state: 'passed' }), now).sentence).toContain('should work: 1 passed.')
  const failed = check({ state: 'failed', items: checkIds.map((id) => ({ ...item, id, outcome: 'failed' })) })
  expect(checkWords(failed, now).label).toBe('15 failed')
})

it('the check that knows more stays, whatever comes late', () => {
  const first = check({})
  const more = check({ items: [item, { ...item, id: 'tools' }] })
  const ended = check({ state: 'passed' })
  expect(newerCheck(first, more)).toBe(more)
  expect(newerCheck(more, first)).toBe(more)
  expect(newerCheck(ended, first)).toBe(ended)
  const later = check({ id: 'b', startedAt: '2026-11-23T10:01:00.000Z' })
  expect(newerCheck(ended, later)).toBe(later)
  expect(newerCheck(later, ended)).toBe(later)
})
