import { describe, expect, test } from 'vitest'
import { Lease } from './lease.ts'

const terms = { copyingMs: 1000, idleMs: 100 }

/** A lease and its clock. */
function leaseAt(start: number) {
  const clock = { now: start }
  return { clock, lease: new Lease(() => clock.now) }
}

describe('the lease of the jobs', () => {
  test('is over after the silence that their kind allows, and not a millisecond before', () => {
    const { clock, lease } = leaseAt(5000)
    clock.now += 99
    expect(lease.isOver('idle', terms)).toBe(false)
    clock.now += 1
    expect(lease.isOver('idle', terms)).toBe(true)
    expect(lease.isOver('copying', terms)).toBe(false)
    clock.now += 900
    expect(lease.isOver('copying', terms)).toBe(true)
  })

  test('begins anew with every word of the hub', () => {
    const { clock, lease } = leaseAt(0)
    clock.now = 99
    lease.touch()
    clock.now = 198
    expect(lease.isOver('idle', terms)).toBe(false)
    clock.now = 199
    expect(lease.isOver('idle', terms)).toBe(true)
  })

  test('is never over while the hub holds a stream open, and begins anew when the last one closes', () => {
    const { clock, lease } = leaseAt(0)
    const first = lease.hold()
    const second = lease.hold()
    clock.now = 10_000
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    clock.now = 20_000
    expect(lease.silentMs()).toBe(0)
    second[Symbol.dispose]()
    clock.now = 20_099
    expect(lease.isOver('idle', terms)).toBe(false)
    clock.now = 20_100
    expect(lease.isOver('idle', terms)).toBe(true)
  })
})
