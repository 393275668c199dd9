import { afterEach, beforeEach, expect, it } from 'vitest'
import { daysBetween } from './days.tsx'

const zone = process.env.TZ
beforeEach(() => {
  process.env.TZ = 'America/New_York'
})
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

it('covers whole days of the reader, the last one included, and longer by the hour that comes twice', () => {
  expect(daysBetween({ from: '2026-11-01', to: '2026-11-01' })).toEqual({
    from: '2026-11-01T04:00:00.000Z',
    to: '2026-11-02T04:59:59.999Z',
  })
})

it('has no bound where no day is given', () => {
  expect(daysBetween({ from: '', to: '' })).toEqual({})
  expect(daysBetween({ from: '0202-11-01', to: '9999-12-31' })).toEqual({})
  expect(daysBetween({ from: '2026', to: '2026-12-31' })).toEqual({
    to: '2027-01-01T04:59:59.999Z',
  })
})
