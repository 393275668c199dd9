import { expect, it } from 'vitest'
import { median, summarize, table } from './figures.ts'

it('takes the middle of odd and even numbers of values', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

it('compares round by round, so that a slow round does not tilt the ratio', () => {
  const rounds = { product: [2, 20, 4], tunnel: [2, 20, 5], direct: [1, 10, 2], convert: [1, 5, 1] }
  const result = summarize(rounds, [0.5, 0.9, 0.7], 2e9, new Date(0))
  expect(result.rows.map(({ way, productRatio }) => [way, productRatio])).toEqual([
    ['product', 1],
    ['tunnel', 1],
    ['direct', 2],
    ['convert', 4],
  ])
  expect(result.rows[0]?.megabytesPerSecond).toBe(500)
  expect(table(result)).toContain('click to first byte: median 0.70 s')
})
