import { describe, expect, it } from 'vitest'
import { formatDuration, formatTime, secondsBetween } from './duration.ts'

describe('durations', () => {
  it.each([
    [-1, '0 s'],
    [0.4, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3600, '1 h 00 min'],
    [7800, '2 h 10 min'],
    [86_400 * 3 + 4 * 3600, '3 d 4 h'],
  ])('%d s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  it('counts from one time to another', () => {
    expect(secondsBetween('2026-11-23T09:46:06.000Z', '2026-11-23T09:47:06.500Z')).toBe(60.5)
    expect(secondsBetween('2026-11-23T09:47:06.000Z', '2026-11-23T09:46:06.000Z')).toBe(0)
  })
})

describe('times', () => {
  it('are the same text everywhere in UTC', () => {
    expect(formatTime('2026-11-23T09:46:06.789Z', 'utc')).toBe('2026-11-23 09:46:06 UTC')
  })

  it("are the reader's own otherwise", () => {
    const at = new Date(2026, 10, 23, 9, 46, 6)
    expect(formatTime(at.toISOString(), 'local')).toBe('2026-11-23 09:46:06')
  })
})
