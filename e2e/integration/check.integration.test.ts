/** @module-tag long */
import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { CheckSubject, VmCheck } from '#contracts/check.ts'
import { waitFor } from '#lib/async/wait.ts'
import { expectIdentical } from '../world/proof.ts'
import { installShims } from '../world/shims.ts'
import { sharedStack } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack({ exportPorts: 6, engineEnv: { SENDENSE_CHECK_TUNNELS: 'on' } })
const actor = { userId: null }
const random = (sizeBytes: number) => ({ sizeBytes, extents: [{ kind: 'random' as const, offset: 0, length: MIB }] })

async function ended(id: string): Promise<VmCheck> {
  const { checks } = world.stack.services
  const check = await waitFor(
    async () => {
      const now = await checks.get(id)
      return now.state !== 'running' && now
    },
    { deadlineMs: 30_000, everyMs: 20 },
  )
  if (!check) throw new Error(`the check does not end: ${JSON.stringify(await checks.get(id))}`)
  return check
}
const check = async (subject: CheckSubject) => ended((await world.stack.services.checks.start(subject, actor)).id)
const outcomes = ({ items }: VmCheck) => Object.fromEntries(items.map(({ id, outcome }) => [id, outcome]))
const failures = ({ items }: VmCheck) =>
  items.flatMap(({ id, outcome, detail }) => (outcome === 'failed' ? [`${id}: ${detail}`] : []))

it('an appliance that joined was checked by itself, before there was a repository', async () => {
  const { services, applianceId } = world.stack
  const first = await waitFor(async () => (await services.checks.appliances())[0], { deadlineMs: 10_000 })
  expect(first).toMatchObject({ applianceId, vmId: null, reason: 'tunnel' })
  const whole = await ended(first?.id ?? '')
  expect(failures(whole)).toEqual([])
  expect(outcomes(whole)).toMatchObject({ appliance: 'passed', 'host-key': 'passed', source: 'not-applicable' })
})

it('passes on a healthy machine beside its running backup, which stays identical; one at a time', async () => {
  const { stack } = world
  const disk = await world.disk('healthy', random(24 * MIB))
  await using backup = await world.slowBackup('healthy', disk, '8M')
  const subject = { vmId: backup.vmId }
  const [one, two] = await Promise.all([1, 2].map(() => stack.services.checks.start(subject, actor)))
  expect(one?.id).toBe(two?.id)
  const whole = await ended(one?.id ?? '')
  expect(failures(whole)).toEqual([])
  expect(whole.state).toBe('passed')
  expect(outcomes(whole)).toMatchObject({
    ...{ tunnel: 'passed', canary: 'passed', stored: 'passed', connections: 'passed', removed: 'passed' },
    ...{ dns: 'not-applicable', source: 'passed', room: 'passed', ports: 'passed' },
  })
  expect(whole.items.find(({ id }) => id === 'source')?.detail).toContain('beside the backup that runs')
  expect((await readdir(stack.repositoryPath)).filter((name) => name.startsWith('.sendense-check'))).toEqual([])
  await backup.slow.setRate(null)
  await expectIdentical(stack, await stack.finished(backup.jobId), [disk])
  const kept = await stack.hub.prisma.event.count({ where: { jobId: whole.id, kind: 'check.changed' } })
  expect(kept).toBe(1)
})

it('names what is wrong, with a remedy: a disk that is gone, too few ports, a repository that is not the one', async () => {
  const { stack } = world
  const disk = await world.disk('gone', random(4 * MIB))
  const vm = await stack.addVm({ name: 'gone', disks: [disk] })
  await rename(disk.path, `${disk.path}.away`)
  const busy = await stack.hub.prisma.resource.createManyAndReturn({
    data: Array.from({ length: 5 }, (_, index) => ({
      ...{ kind: 'port', identity: String(stack.env.exportPorts[0] + index), state: 'live' as const },
    })),
  })
  const identity = path.join(stack.repositoryPath, '.sendense-repository.json')
  try {
    const first = await check({ vmId: vm.id })
    expect(failures(first).map((line) => line.split(':')[0])).toEqual(['source', 'ports'])
    expect(outcomes(first)).toMatchObject({ tunnel: 'not-applicable', repository: 'passed', removed: 'passed' })
    for (const { outcome, remedy } of first.items) if (outcome === 'failed') expect(remedy).not.toBeNull()
    await rename(identity, `${identity}.away`)
    const second = await check({ vmId: vm.id })
    expect(failures(second).map((line) => line.split(':')[0])).toEqual(['source', 'repository', 'ports'])
    expect(outcomes(second)).toMatchObject({ writable: 'not-applicable', canary: 'not-applicable' })
  } finally {
    await stack.hub.prisma.resource.deleteMany({ where: { id: { in: busy.map(({ id }) => id) } } })
    await rename(`${identity}.away`, identity).catch(() => undefined)
    await rename(`${disk.path}.away`, disk.path)
  }
})

it('an engine that is killed in the middle of a check leaves nothing, and says that it was interrupted', {
  tags: ['long'],
}, async () => {
  const { stack } = world
  const vm = await stack.addVm({ name: 'killed', disks: [await world.disk('killed', random(4 * MIB))] })
  const { id } = await stack.services.checks.start({ vmId: vm.id }, actor)
  const begun = async () => (await stack.present()).some((line) => line.includes('qemu-nbd'))
  expect(await waitFor(begun, { deadlineMs: 10_000, everyMs: 5 })).toBe(true)
  await stack.engine.kill()
  await stack.engine.restart()
  expect((await ended(id)).state).toBe('interrupted')
  await stack.online()
  const clean = async () => (await stack.present()).length === 0
  expect(await waitFor(clean, { deadlineMs: 30_000, everyMs: 100 })).toBe(true)
  expect((await readdir(stack.repositoryPath)).filter((name) => name.startsWith('.sendense-check'))).toEqual([])
  expect((await check({ vmId: vm.id })).state).toBe('passed')
})

it('an image that does not hold what was written, and an export for one client alone, are found by the canary', {
  tags: ['long'],
}, async () => {
  const { stack } = world
  const shims = await installShims(stack.root)
  const vm = await stack.addVm({ name: 'canary', disks: [await world.disk('canary', random(4 * MIB))] })
  // Takes every write, and forgets all of them with its end (qemu-nbd(8)).
  const reliable = await shims.add('qemu-nbd', 'check-', 'set -- --snapshot "$@"')
  const forgotten = await check({ vmId: vm.id })
  await reliable()
  expect(failures(forgotten)).toEqual([expect.stringMatching(/^stored: The image does not hold what was written/)])
  expect(outcomes(forgotten)).toMatchObject({ tunnel: 'passed', canary: 'passed', removed: 'passed' })

  const open = await shims.add('qemu-nbd', 'check-', 'set -- "$@" --shared=1')
  const alone = await check({ vmId: vm.id })
  await open()
  expect(failures(alone).map((line) => line.split(':')[0])).toEqual(['connections'])
  for (const { outcome, remedy } of [...forgotten.items, ...alone.items])
    if (outcome === 'failed') expect(remedy).not.toBeNull()
  expect((await check({ vmId: vm.id })).state).toBe('passed')
})

it('says when the appliance does not answer', { tags: ['long'] }, async () => {
  const { stack } = world
  const [vm] = await stack.services.vms.list()
  await stack.appliance.stop()
  const whole = await check({ vmId: vm?.id ?? '' })
  expect(failures(whole)).toEqual([expect.stringContaining('appliance: ')])
  expect(outcomes(whole)).toMatchObject({ source: 'not-applicable', canary: 'not-applicable', writable: 'passed' })
})
