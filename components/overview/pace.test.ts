import { expect, it } from 'vitest'
import { pace } from './pace.ts'

const disk = (more: Partial<Parameters<typeof pace>[0][number]>) => ({
  ...{ state: 'copying' as const, dataBytes: 100, readBytes: 40, sentBytes: 30 },
  ...more,
})

it('adds the disks up', () => expect(pace([disk({}), disk({ readBytes: 10 })])).toEqual({ done: 50, data: 200 }))
it('takes what was sent where reading cannot be measured', () =>
  expect(pace([disk({ readBytes: null })])).toEqual({ done: 30, data: 100 }))
it('counts a disk past its copy as whole', () =>
  expect(pace([disk({ state: 'checking', readBytes: null, sentBytes: null })])).toEqual({ done: 100, data: 100 }))
it('never says more than there is', () => expect(pace([disk({ readBytes: 120 })])).toEqual({ done: 100, data: 100 }))
it('says nothing that nobody knows', () => {
  expect(pace([])).toBeNull()
  expect(pace([disk({}), disk({ dataBytes: null })])).toBeNull()
  expect(pace([disk({ readBytes: null, sentBytes: null })])).toBeNull()
  expect(pace([disk({ dataBytes: 0 })])).toBeNull()
})
