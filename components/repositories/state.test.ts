import { expect, it } from 'vitest'
import type { ProblemCode } from '#contracts/problem.ts'
import { repositoryState } from './state.ts'

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
