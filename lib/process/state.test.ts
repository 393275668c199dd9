import { expect, it } from 'vitest'
import { runState, stateLetter, stateOf } from './state.ts'

it('reads the letter behind a name with parentheses and spaces', () => {
  expect(stateLetter('12 (a (b) c) D 1 12 12 0')).toBe('D')
})

it('makes one word of all threads', () => {
  expect(stateOf('S', ['S', 'R'])).toBe('runs')
  expect(stateOf('S', ['S', 'D'])).toBe('disk')
  expect(stateOf('T', ['T', 'T'])).toBe('stopped')
  expect(stateOf('Z', [])).toBe('gone')
})

it('sees a process that runs, and none where there is none', async () => {
  expect(['runs', 'disk']).toContain(runState(process.pid))
  expect(runState(2 ** 22 - 1)).toBe('gone')
})
