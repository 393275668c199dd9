import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Gathered } from './gathered.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const world = () => {
  const done: number[][] = []
  return { done, gathered: new Gathered<number>((things) => done.push(things), 100) }
}

it('hands on in one piece and in order what comes within its time', () => {
  const { done, gathered } = world()
  for (let n = 0; n < 5; n++) {
    gathered.add(n)
    vi.advanceTimersByTime(30)
  }
  vi.advanceTimersByTime(1000)
  expect(done).toEqual([[0, 1, 2, 3], [4]])
})

it('hands on at once when it is asked to, and never twice', () => {
  const { done, gathered } = world()
  gathered.add(1)
  gathered.flush()
  gathered.flush()
  vi.advanceTimersByTime(1000)
  expect(done).toEqual([[1]])
})

it('forgets what waits when it is stopped', () => {
  const { done, gathered } = world()
  gathered.add(1)
  gathered.stop()
  vi.advanceTimersByTime(1000)
  expect(done).toEqual([])
})
