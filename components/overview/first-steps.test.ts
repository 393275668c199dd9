import { describe, expect, it } from 'vitest'
import { firstSteps } from './first-steps.ts'

describe('first steps', () => {
  const done = (known: Parameters<typeof firstSteps>[0]) => firstSteps(known).map((step) => step.done)

  it('begins with the administrator done, who is reading it', () => {
    expect(done({ repositories: 0, appliances: 0, vms: 0, backups: 0 })).toEqual([true, false, false, false, false])
  })

  it('ends with the first backup', () => {
    expect(done({ repositories: 1, appliances: 1, vms: 1, backups: 0 })).toEqual([true, true, true, true, false])
    expect(done({ repositories: 1, appliances: 2, vms: 9, backups: 3 }).every(Boolean)).toBe(true)
  })
})
