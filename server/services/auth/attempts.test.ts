import { describe, expect, it } from 'vitest'
import { Attempts } from './attempts.ts'

describe('attempts', () => {
  const world = (names = 10) => {
    const clock = { now: 1_000_000 }
    return { clock, attempts: new Attempts({ tries: 3, windowMs: 1000, names }, () => clock.now) }
  }

  it('refuses after the last allowed failure until the window has passed', () => {
    const { clock, attempts } = world()
    for (const _ of [1, 2, 3]) {
      expect(attempts.waitMs('a')).toBe(0)
      attempts.failed('a')
      clock.now += 100
    }
    expect(attempts.waitMs('a')).toBe(700)
    expect(attempts.waitMs('b')).toBe(0)
    clock.now += 700
    expect(attempts.waitMs('a')).toBe(0)
  })

  it('forgets failures after a success', () => {
    const { attempts } = world()
    for (const _ of [1, 2, 3]) attempts.failed('a')
    attempts.succeeded('a')
    expect(attempts.waitMs('a')).toBe(0)
  })

  it('keeps no more names than allowed, the newest ones', () => {
    const { attempts } = world(2)
    for (const name of ['a', 'b', 'c']) for (const _ of [1, 2, 3]) attempts.failed(name)
    expect(attempts.waitMs('a')).toBe(0)
    expect(attempts.waitMs('b')).toBeGreaterThan(0)
    expect(attempts.waitMs('c')).toBeGreaterThan(0)
  })
})
