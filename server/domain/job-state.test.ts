import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diskStates, isTerminal, jobStates } from '#contracts/job.ts'
import { canMove, deriveJobState, sourcesOf } from './job-state.ts'

test('nothing leaves a terminal state, everything else may fail or be cancelled', () => {
  for (const from of jobStates) {
    for (const to of jobStates) if (isTerminal(from)) expect(canMove(from, to)).toBe(false)
    if (!isTerminal(from)) expect([canMove(from, 'failed'), canMove(from, 'cancelled')]).toEqual([true, true])
  }
})

test('completed is entered from committing alone', () => {
  expect(sourcesOf('completed')).toEqual(['committing'])
})

test('a job is never further than its slowest disk, and never commits before every disk is proved', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...diskStates), { minLength: 1, maxLength: 8 }), (disks) => {
      const state = deriveJobState(disks)
      if (disks.some((disk) => disk === 'failed' || disk === 'cancelled')) expect(state).toBeNull()
      else if (state === 'committing') expect(disks.every((disk) => disk === 'proved')).toBe(true)
      else if (state === 'checking')
        expect(disks.some((disk) => ['pending', 'copying', 'flushing'].includes(disk))).toBe(false)
    }),
  )
})

test('one disk copies while another waits for its turn: the job copies', () => {
  expect(deriveJobState(['copying', 'pending'])).toBe('copying')
  expect(deriveJobState(['flushed', 'pending'])).toBe('copying')
  expect(deriveJobState(['flushed', 'flushing'])).toBe('flushing')
  expect(deriveJobState([])).toBeNull()
})
