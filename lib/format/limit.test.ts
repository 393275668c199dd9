import { expect, it } from 'vitest'
import { limitStanding, limitWords } from './limit.ts'

const MIB = 1024 * 1024

it('says what is set, and whether it is in force', () => {
  expect([null, MIB, 50 * MIB, 2048 * MIB].map(limitWords)).toEqual([
    'No limit',
    '1.00 MiB/s',
    '50.0 MiB/s',
    '2.00 GiB/s',
  ])
  const wanted = 50 * MIB
  const standing = (applied: number | null | undefined, online: boolean) =>
    limitStanding({ wanted, applied: applied === undefined ? null : { bytesPerSecond: applied }, online })
  expect(standing(wanted, true)).toEqual({ inForce: true, words: 'It is in force.' })
  expect(standing(null, true).inForce).toBe(false)
  expect(standing(undefined, true).inForce).toBe(false)
  expect(standing(wanted, false).words).toContain('last heard of')
  expect(standing(null, false).words).toBe(
    'The appliance will be told when it is back. Until then it applies no limit.',
  )
  expect(standing(MIB, false).words).toContain('Until then it applies 1.00 MiB/s.')
  expect(standing(undefined, false).words).toContain('is not known')
  expect(limitStanding({ wanted: null, applied: { bytesPerSecond: null }, online: true }).inForce).toBe(true)
  expect(limitStanding({ wanted: null, applied: null, online: true }).inForce).toBe(false)
})
