import { expect, it } from 'vitest'
import { hopState, isBad } from './words.ts'

const view = {
  hop: 'tunnel',
  bytes: 1,
  bytesPerSecond: 0,
  stillSeconds: 9,
  busy: null,
  waiting: null,
  process: null,
} as const

it('calls a still hop stuck only where the verdict points', () => {
  expect(hopState({ ...view, motion: 'still' }, false)).toMatchObject({ label: 'Still', tone: 'unknown' })
  expect(hopState({ ...view, motion: 'still' }, true).tone).toBe('bad')
  expect(hopState({ ...view, motion: 'unknown' }, false).label).toBe('Cannot measure')
})

it('calls a hop moving only when a byte of it was seen', () => {
  expect(hopState({ ...view, motion: 'moving' }, false).label).toBe('Moving')
  expect(hopState({ ...view, motion: 'moving', bytes: 0 }, false).label).toBe('Nothing yet')
})

it('does not call a hop moving whose process was told to stand still', () => {
  expect(hopState({ ...view, motion: 'moving', process: 'stopped' }, false)).toMatchObject({
    ...{ label: 'Stopped', tone: 'warn' },
  })
})

it('asks for a look only when something is wrong', () => {
  expect(isBad({ kind: 'stalled' })).toBe(true)
  expect(isBad({ kind: 'expected' })).toBe(false)
})
