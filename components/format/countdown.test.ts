import { expect, it } from 'vitest'
import { formatCountdown } from './countdown.tsx'

it('counts whole seconds down, and stops at nothing', () => {
  const until = 1_000_000
  expect([15 * 60_000, 59_001, 1, 0, -5000].map((left) => formatCountdown(until, until - left))).toEqual([
    '15:00',
    '1:00',
    '0:01',
    '0:00',
    '0:00',
  ])
})
