import { expect, it } from 'vitest'
import type { Verdict } from '#contracts/diagnosis.ts'
import type { Moment } from '#contracts/replay.ts'
import { indexAfterKey, spansOf } from './timeline.ts'

const moment = (second: number, kind: Verdict['kind'], hop: Verdict['hop'] = null): Moment => ({
  ...{ at: second * 1000, state: 'copying' },
  ledger: { verdict: { kind, hop, key: null, sentence: '' }, disks: [] },
})

it('joins moments of one verdict, without gaps between spans', () => {
  const moments = [
    ...[moment(0, 'healthy'), moment(1, 'healthy'), moment(5, 'stalled', 'tunnel'), moment(6, 'stalled', 'tunnel')],
    ...[moment(7, 'stalled', 'source'), moment(9, 'healthy')],
  ]
  expect(spansOf(moments)).toEqual([
    { kind: 'healthy', hop: null, from: 0, to: 5000, index: 0 },
    { kind: 'stalled', hop: 'tunnel', from: 5000, to: 7000, index: 2 },
    { kind: 'stalled', hop: 'source', from: 7000, to: 9000, index: 4 },
    { kind: 'healthy', hop: null, from: 9000, to: 9000, index: 5 },
  ])
  expect(spansOf([])).toEqual([])
})

it('steps by moments and stays inside', () => {
  expect(indexAfterKey('ArrowRight', 3, 5)).toBe(4)
  expect(indexAfterKey('ArrowRight', 4, 5)).toBe(4)
  expect(indexAfterKey('ArrowLeft', 0, 5)).toBe(0)
  expect(indexAfterKey('PageUp', 100, 300)).toBe(130)
  expect(indexAfterKey('End', 1, 5)).toBe(4)
  expect(indexAfterKey('a', 1, 5)).toBeNull()
})
