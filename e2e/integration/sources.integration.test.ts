import { afterAll, expect, it } from 'vitest'
import { startWriter } from '#appliance/testing/writer.ts'
import { configureAppliance } from '../world/appliance.ts'
import { testDirectory } from '../world/files.ts'
import { otherClock } from '../world/other-clock.ts'
import { expectIdentical } from '../world/proof.ts'
import { sharedStack } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const TEN_YEARS = 10 * 366 * 24 * 3600
const clock = await testDirectory('clock')
afterAll(() => clock[Symbol.asyncDispose]())
// Its clock is ten years ahead, and no restore point may know.
const world = sharedStack({ applianceEnv: await otherClock(clock.path, TEN_YEARS) })
const disk = (name: string, key: number) =>
  world.disk(name, { key, sizeBytes: 4 * MIB, extents: [{ kind: 'random', offset: 0, length: MIB }] })
const backUp = async (vmId: string) => world.stack.finished((await world.stack.backUp(vmId)).id)

it('A3, A5, A10: disks at rest are unchanged by evidence; a new one is taken; one that is gone is refused until a person looked', async () => {
  const [first, second] = [await disk('five', 2000), await disk('five', 2001)]
  const vm = await world.stack.addVm({ name: 'five', disks: [first] })
  const before = Date.now()
  await configureAppliance(world.stack.applianceDir, (config) => ({
    ...config,
    sources: config.sources.map((source) => ({
      ...source,
      vms: source.vms.map((each) =>
        each.ref === 'five' ? { ...each, disks: [first, second].map(({ key, path }) => ({ key, path })) } : each,
      ),
    })),
  }))
  const job = await backUp(vm.id)
  const point = await expectIdentical(world.stack, job, [first, second])
  expect(point.disks.map(({ key, stateFixedBy }) => [key, stateFixedBy])).toEqual([
    [2000, 'unchanged'],
    [2001, 'unchanged'],
  ])
  expect(Date.parse(point.takenAt)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(point.takenAt)).toBeLessThan(Date.parse(job.firstByteAt ?? job.finishedAt ?? ''))
  expect((await world.stack.services.vms.get(vm.id)).disks).toHaveLength(2)

  await configureAppliance(world.stack.applianceDir, (config) => ({
    ...config,
    sources: config.sources.map((source) => ({
      ...source,
      vms: source.vms.map((each) => (each.ref === 'five' ? { ...each, disks: each.disks.slice(0, 1) } : each)),
    })),
  }))
  const refused = await backUp(vm.id)
  expect(refused).toMatchObject({ state: 'failed', problem: { code: 'source_missing' } })
  expect(refused.problem?.remedy).toContain('refresh')
  await world.stack.services.vms.refresh(world.stack.applianceId)
  await expectIdentical(world.stack, await backUp(vm.id), [first])
})

it('A3: a disk that is written is refused before anything is made; allowed, its state is unknown on the point', async () => {
  const held = await disk('held', 2000)
  const vm = await world.stack.addVm({ name: 'held', disks: [held] })
  await using writer = await startWriter(held.path)
  const refused = await backUp(vm.id)
  expect(refused).toMatchObject({ state: 'failed', problem: { code: 'source_unknown' } })
  expect(refused.problem?.happened).toContain(`pid ${writer.pid}`)
  const allowed = { id: vm.id, diskKey: 2000, allowUnknown: true, reason: 'a test' }
  await world.stack.services.vms.allowUnknown(allowed, { userId: null })
  const job = await backUp(vm.id)
  expect(job.state).toBe('completed')
  expect(job.disks[0]?.stateFixedBy).toBe('unknown')
  const { items } = await world.stack.services.vms.restorePoints({ id: vm.id })
  expect(items[0]?.disks[0]).toMatchObject({
    stateFixedBy: 'unknown',
    stateNote: expect.stringContaining(`pid ${writer.pid}`),
  })
  const { points } = await world.stack.services.vms.timeline(vm.id)
  expect(points[0]?.stateUnknown).toBe(true)
})
