import { describe, expect, it } from 'vitest'
import { isUsable } from '#contracts/standing.ts'
import { lastLook, lookLimits, type PointFacts, standingOf } from './standing.ts'

const now = new Date('2026-11-29T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const limits = lookLimits(900, now)
const HOUR = 3600

describe('A9: how a restore point stands', () => {
  const cases: [string, PointFacts['state'], number | null, number | null, string][] = [
    ['looked at now', 'ok', 0, 0, 'ok'],
    ['three rounds ago', 'ok', 2700, 0, 'ok'],
    ['longer than three rounds ago', 'ok', 2701, 0, 'not-looked-at'],
    ['never looked at', 'ok', null, 0, 'not-looked-at'],
    ['its maps never', 'ok', 0, null, 'not-looked-at'],
    ['its maps three days ago', 'ok', 0, 72 * HOUR, 'ok'],
    ['its maps longer ago', 'ok', 0, 72 * HOUR + 1, 'not-looked-at'],
    ['looked at by a clock that was ahead', 'ok', -10 * HOUR, 0, 'not-looked-at'],
    ['its maps by a clock that was ahead', 'ok', 0, -10 * HOUR, 'not-looked-at'],
    ['by a clock a minute ahead', 'ok', -60, -60, 'ok'],
    ['without maps', 'unproved', 0, null, 'unproved'],
    ['without maps, long ago', 'unproved', 2701, null, 'not-looked-at'],
    ['missing', 'missing', 0, 0, 'missing'],
    ['missing when it was looked at long ago', 'missing', 2701, 0, 'not-looked-at'],
    ['damaged', 'damaged', 0, 0, 'damaged'],
    ['damaged, whenever that was', 'damaged', null, null, 'damaged'],
  ]
  it.each(cases)('%s: %s', (_, state, looked, maps, standing) => {
    const at = (seconds: number | null) => (seconds === null ? null : ago(seconds))
    const point = { state, lookedAt: at(looked), mapLookedAt: at(maps) }
    expect(standingOf(point, limits)).toBe(standing)
    expect(isUsable(standingOf(point, limits))).toBe(standing === 'ok')
  })

  it('A9: the date said is of what nobody could look at', () => {
    const point = { state: 'ok' as const, lookedAt: ago(10), mapLookedAt: ago(100 * HOUR) }
    expect(lastLook(point, limits)).toEqual(ago(100 * HOUR))
    expect(lastLook({ ...point, mapLookedAt: ago(1) }, limits)).toEqual(ago(10))
    expect(lastLook({ ...point, lookedAt: ago(9000) }, limits)).toEqual(ago(9000))
  })
})
