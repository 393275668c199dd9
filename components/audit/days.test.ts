import { expect, it } from 'vitest'
import { daysBetween } from './days.tsx'

it('covers whole days of the reader, the last one included', () => {
  const { from, to } = daysBetween({ from: '2026-11-01', to: '2026-11-01' })
  expect(from).toBe(new Date(2026, 10, 1).toISOString())
  expect(to).toBe(new Date(2026, 10, 1, 23, 59, 59, 999).toISOString())
})

it('has no bound where no day is given', () => {
  expect(daysBetween({ from: '', to: '' })).toEqual({})
  expect(daysBetween({ from: '2026', to: '2026-12-31' })).toEqual({
    to: new Date(2027, 0, 1, 0, 0, 0, -1).toISOString(),
  })
})
