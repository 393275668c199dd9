import { describe, expect, it } from 'vitest'
import { isUsable, standings } from '#contracts/standing.ts'
import { countedStandings, standingStatus, standingTones, troubleOf } from './words.ts'

const none = { ok: 0, unproved: 0, notLookedAt: 0, missing: 0, damaged: 0 }

describe('how a restore point stands, on pages', () => {
  it('A9: is green only when it counts', () => {
    for (const standing of standings) expect(standingTones[standing] === 'ok', standing).toBe(isUsable(standing))
    expect(isUsable(null)).toBe(false)
  })

  it('A9: what nobody looked at says since when, or that nobody ever did', () => {
    expect(standingStatus('not-looked-at', '2026-11-20T10:00:00Z').label).toBe('Not looked at since')
    expect(standingStatus('not-looked-at', null)).toEqual({ tone: 'unknown', label: 'Never looked at' })
  })

  it('A9: is counted, the worst first', () => {
    expect(countedStandings({ ...none, ok: 3, missing: 1 })).toEqual([
      { standing: 'missing', count: 1 },
      { standing: 'ok', count: 3 },
    ])
    expect(troubleOf({ ...none, ok: 3 })).toEqual({ bad: null, warn: null })
    expect(troubleOf({ ...none, damaged: 1, missing: 2 }).bad).toBe('1 restore point is damaged, 2 are missing.')
    expect(troubleOf({ ...none, missing: 1, notLookedAt: 2 })).toEqual({
      bad: '1 restore point is missing.',
      warn: '2 restore points could not be looked at for too long.',
    })
  })
})
