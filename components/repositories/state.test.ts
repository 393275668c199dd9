import { expect, it } from 'vitest'
import type { ProblemCode } from '#contracts/problem.ts'
import { lookWords, repositoryState } from './state.ts'

const checked = { problem: null, checkedAt: '2026-11-23T10:00:00Z', freeBytes: 500, totalBytes: 1000 }
const with_ = (code: ProblemCode) => repositoryState({ ...checked, problem: { code, happened: 'x' } })

it('says how full it is, and that nobody looked yet', () => {
  expect(repositoryState(checked)).toEqual({ tone: 'ok', label: 'Usable' })
  expect(repositoryState({ ...checked, freeBytes: 150 })).toEqual({ tone: 'warn', label: 'Nearly full' })
  expect(repositoryState({ ...checked, freeBytes: 151 })).toMatchObject({ tone: 'ok' })
  expect(repositoryState({ ...checked, totalBytes: 0, freeBytes: 0 })).toMatchObject({ tone: 'ok' })
  expect(repositoryState({ ...checked, checkedAt: null })).toMatchObject({ tone: 'unknown' })
})

it('a problem is said first, in its own words', () => {
  expect(with_('repository_missing')).toEqual({ tone: 'bad', label: 'Missing' })
  expect(with_('repository_identity').label).toBe('Another disk is mounted')
  expect(with_('repository_read_only').label).toBe('Read-only')
  expect(with_('internal').label).toBe('Not usable')
})

it('A9: says nothing of restore points that could not be looked at', () => {
  const points = { ok: 3, unproved: 0, notLookedAt: 2, missing: 0, damaged: 0 }
  const said = { finished: true, looked: 3, mapsLooked: 0, seconds: 1, changed: 0, problem: null, points }
  expect(lookWords({ ...said, notLooked: 0 })).toBe('3 restore points looked at: nothing has changed.')
  expect(lookWords({ ...said, notLooked: 2 })).toBe(
    '3 restore points looked at: nothing has changed; 2 could not be looked at.',
  )
})
