import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Coalesced } from './coalesced.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const world = () => {
  const done: string[] = []
  return { done, coalesced: new Coalesced<string>((thing) => done.push(thing), 1000) }
}

it('acts at once, and for each thing by itself', () => {
  const { done, coalesced } = world()
  coalesced.add(['jobs', 'vms'])
  expect(done).toEqual(['jobs', 'vms'])
})

it('turns a storm into one act a second, the last word included', () => {
  const { done, coalesced } = world()
  for (let ms = 0; ms < 3000; ms += 10) {
    coalesced.add(['jobs'])
    vi.advanceTimersByTime(10)
  }
  expect(done).toHaveLength(4)
  coalesced.add(['jobs'])
  vi.advanceTimersByTime(1000)
  expect(done).toHaveLength(5)
  vi.advanceTimersByTime(10_000)
  expect(done).toHaveLength(5)
})

it('is quick again after a rest', () => {
  const { done, coalesced } = world()
  coalesced.add(['jobs'])
  vi.advanceTimersByTime(1000)
  coalesced.add(['jobs'])
  expect(done).toHaveLength(2)
})

it('does nothing more once it is stopped', () => {
  const { done, coalesced } = world()
  coalesced.add(['jobs'])
  coalesced.add(['jobs'])
  coalesced.stop()
  vi.advanceTimersByTime(5000)
  expect(done).toHaveLength(1)
})
