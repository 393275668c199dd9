import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDisk } from './testing/directory.ts'
import { addVm, diskPath, startWorld, type TestWorld } from './testing/job.ts'

const MIB = 1024 * 1024
let world: TestWorld
let path: string
beforeAll(async () => {
  world = await startWorld()
  path = await makeDisk(diskPath(world, 'd.raw'), MIB, [{ kind: 'random', offset: 0, length: MIB }])
})
afterAll(() => world[Symbol.asyncDispose]())

async function ended(meanwhile: () => Promise<void>) {
  const { api } = world.appliance
  const jobId = randomUUID()
  await addVm(world, 'vm', [{ key: 2000, path }])
  await api.call('jobs.prepare', { jobId, source: 'images', ref: 'vm' })
  await meanwhile()
  const first = await api.call('jobs.release', { jobId })
  const again = await api.call('jobs.release', { jobId })
  const { steps } = await api.call('jobs.end', { jobId })
  return { first, again, snapshotOk: steps.find(({ step }) => step === 'snapshot')?.ok }
}

test('A6: a source at rest is fixed, and the answer is the same when it is asked for again', async () => {
  const { first, again, snapshotOk } = await ended(async () => undefined)
  expect(snapshotOk).toBe(true)
  expect(first.disks).toMatchObject([{ key: 2000, state: 'fixed', fixedBy: 'unchanged' }])
  expect(again).toEqual(first)
})

test('A6: a source that was renamed in the settings meanwhile is unknown, never unchanged', async () => {
  const { first, snapshotOk } = await ended(() =>
    world.appliance.configure((config) => ({
      ...config,
      sources: config.sources.map((source) => ({ ...source, name: 'other' })),
    })),
  )
  // It still holds what the source was asked to freeze.
  expect(snapshotOk).toBe(false)
  expect(first.disks).toMatchObject([{ key: 2000, state: 'unknown' }])
  expect(first.disks[0]?.evidence.join(' ')).toContain('no source named "images"')
})
