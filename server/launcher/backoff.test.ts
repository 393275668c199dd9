import { expect, test } from 'vitest'
import { backoffMs, countQuickEnds, endedLine, WELL_AFTER_MS } from './backoff.ts'

test('the pause doubles up to half a minute', () => {
  expect([1, 2, 3, 4].map(backoffMs)).toEqual([250, 500, 1000, 2000])
  expect(backoffMs(0)).toBe(250)
  expect(backoffMs(5000)).toBe(30_000)
})

test('a program that stayed up for long starts the count anew', () => {
  expect(countQuickEnds(5, WELL_AFTER_MS - 1)).toBe(6)
  expect(countQuickEnds(5, WELL_AFTER_MS)).toBe(1)
})

test('a restart loop is called one', () => {
  const end = { exitCode: 1, signal: null }
  expect(endedLine('engine', end, 1, '/log')).toBe('The engine ended (exit status 1); next start in 0.25 s.')
  expect(endedLine('engine', end, 3, '/log')).toMatch(/does not stay up: 3 ends in a row.*\/log/)
  expect(endedLine('web', { exitCode: null, signal: 'SIGKILL' }, 1, '/log')).toContain('SIGKILL')
})
