import { expect, it } from 'vitest'
import { RecentRate } from './recent-rate.ts'

it('is the mean of the last minute, whatever the last second was', () => {
  const rate = new RecentRate()
  expect(rate.look(0, 0)).toBeNull()
  expect(rate.look(4000, 4000)).toBeNull()
  expect(rate.look(10_000, 10_000)).toBe(1000)
  for (let second = 11; second <= 69; second++) rate.look(second * 1000, 10_000)
  // Of the 65 s that are looked at, six moved anything.
  expect(rate.look(69_000, 10_000)).toBeCloseTo(6000 / 65, 5)
  expect(rate.look(70_000, 70_000)).toBeCloseTo(1000, 5)
})

it('begins anew when the copy does', () => {
  const rate = new RecentRate()
  rate.look(0, 5000)
  expect(rate.look(10_000, 1000)).toBeNull()
  expect(rate.look(20_000, 3000)).toBe(200)
})
