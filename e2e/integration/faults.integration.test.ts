import { beforeAll, describe, expect, it } from 'vitest'
import { type Bench, runCase } from '../world/faults/case.ts'
import * as control from '../world/faults/control.ts'
import type { Fault, Phase } from '../world/faults/fault.ts'
import * as killed from '../world/faults/killed.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack({
  ownNetwork: true,
  ownPostgres: true,
  keepAliveSeconds: 1,
  engineEnv: { SENDENSE_PARK: 'yes', SENDENSE_DRAIN: 'handover', SENDENSE_APPLIANCE_AWAY_SECONDS: '60' },
})
let bench: Bench
beforeAll(async () => {
  const data = { sizeBytes: 12 * MIB, extents: [{ kind: 'random' as const, offset: MIB, length: 8 * MIB }] }
  const disks: TestDisk[] = [await world.disk('fault', data), await world.disk('fault', { ...data, key: 2001 })]
  const [first, second] = disks as [TestDisk, TestDisk]
  const slow = world.use(await serveSlowly(first.path, world.directory))
  const vm = await world.stack.addVm({
    name: 'fault',
    disks: [
      { key: 2000, url: slow.url },
      { key: 2001, path: second.path },
    ],
  })
  bench = { stack: world.stack, vmId: vm.id, disks, slow, rate: '8M' }
})

const cases: [Phase, Fault[]][] = [
  ['planned', [control.databaseStopped, control.everythingKilled]],
  ['preparing', [killed.engineKilled, killed.sshKilled, killed.applianceKilled]],
  [
    'copying',
    [
      killed.clientKilled,
      killed.nbdkitKilled,
      killed.nbdcopyKilled,
      killed.qemuNbdKilled,
      killed.sshKilled,
      killed.engineKilled,
      killed.applianceKilled,
      control.engineHandsOver,
      control.sessionKilled,
      control.sshdKilled,
      control.networkLost,
      control.addressChanged,
      control.databaseKilled,
      control.sourceFails,
      control.everythingKilled,
    ],
  ],
  ['flushing', [control.everythingKilled, control.databaseStopped]],
  ['checking', [killed.engineKilled, killed.applianceKilled]],
  ['committing', [killed.engineKilled, control.everythingKilled, control.repositoryAway]],
]

describe.each(cases)('in mid-backup, while it is %s', (phase, faults) => {
  it.each(faults)('$name', async (fault) => {
    const { wrongs, outcome } = await runCase(bench, fault, phase)
    expect(wrongs).toEqual([])
    expect(outcome, 'there was something to break').not.toBeNull()
    if (phase === 'copying' && fault.fails) expect(outcome).toBe('failed')
  })
})
