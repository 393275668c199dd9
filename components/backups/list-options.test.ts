import { expect, it } from 'vitest'
import { listInput } from './list-options.ts'

it('asks for what the address says, and for nothing that it does not say', () => {
  expect(listInput({ state: 'all', search: ' ' })).toEqual({ limit: 24 })
  expect(listInput({ state: 'running', search: '' })).toEqual({ limit: 24, active: true })
  expect(listInput({ state: 'failed', search: ' web ' })).toEqual({ limit: 24, state: 'failed', search: 'web' })
  expect(listInput({ state: 'all', search: 'x'.repeat(999) }).search).toHaveLength(255)
})
