import { expect, it } from 'vitest'
import { replayTimes } from './replay.ts'

const at = (second: number) => new Date(second * 1000)
const day = (verdict: (second: number) => string) =>
  Array.from({ length: 7200 }, (_, second) => ({ at: at(second), verdict: verdict(second) }))

it('loses no change of the verdict, the first or the last moment, and stays small', () => {
  const times = replayTimes(
    day((second) => (second >= 3601 && second < 3604 ? 'stalled tunnel' : 'healthy')),
    1,
  )
  const seconds = times.map((time) => time.getTime() / 1000)
  expect(seconds).toEqual(expect.arrayContaining([0, 3600, 3601, 3603, 3604, 7199]))
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b))
  expect(seconds.length).toBeLessThanOrEqual(304)
})

it('sends fewer moments of many disks, and is not filled by a verdict that flaps', () => {
  const flapping = day((second) => (second % 2 === 0 ? 'healthy' : 'slow'))
  expect(replayTimes(flapping, 64).length).toBeLessThanOrEqual(140)
  expect(replayTimes([], 1)).toEqual([])
})
