import { describe, expect, it } from 'vitest'
import type { RepositoryView, VmView } from '#contracts/views.ts'
import { planSentence, refusal, spaceNote } from './backup-plan.ts'

const GIB = 1024 ** 3
const vm = {
  ...{ name: 'a', missing: false, applianceName: 'node-1', applianceState: 'online', source: 'vcenter-1' },
  ...{ sizeBytes: 3 * GIB, diskCount: 2, disks: [{}, {}], lastJob: null },
} as unknown as VmView
const repository = { name: 'main', freeBytes: 10 * GIB, problem: null } as unknown as RepositoryView
const job = (state: 'copying' | 'failed') => ({ backupId: 'backup-a-1', state, stateSince: '' })

describe('a backup', () => {
  it('can start when all is there, also after one that failed', () => {
    expect(refusal(vm, repository)).toBeNull()
    expect(refusal({ ...vm, lastJob: job('failed') }, repository)).toBeNull()
  })

  it.each([
    [{ ...vm, missing: true }, repository, 'no longer lists'],
    [{ ...vm, lastJob: job('copying') }, repository, 'runs already'],
    [{ ...vm, applianceState: 'paused' as const }, repository, 'node-1 is paused'],
    [{ ...vm, disks: [] }, repository, 'no disks'],
    [vm, null, 'no repository'],
    [vm, { ...repository, problem: { code: 'repository_missing' as const, happened: 'Not mounted.' } }, 'Not mounted.'],
  ])('says why it cannot (%#)', (machine, into, words) => expect(refusal(machine, into)).toContain(words))

  it('says beforehand what it will do', () => {
    expect(planSentence(vm, repository)).toContain('Reads 2 disks of 3.00 GiB in all')
    expect(planSentence({ ...vm, diskCount: 1 }, repository)).toContain('Reads 1 disk of 3.00 GiB')
    expect(spaceNote(vm, repository)).toBeNull()
    expect(spaceNote(vm, { ...repository, freeBytes: GIB })).toContain('Less is free')
    expect(spaceNote(vm, { ...repository, freeBytes: null })).toContain('cannot be measured')
  })
})
