import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { checkout } from '../world/appliance.ts'
import { type Bench, runCase } from '../world/faults/case.ts'
import * as control from '../world/faults/control.ts'
import type { Fault, Phase } from '../world/faults/fault.ts'
import * as killed from '../world/faults/killed.ts'
import { startPart } from '../world/processes.ts'
import { copying, expectIdentical } from '../world/proof.ts'
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
  // Each fault and each phase at least once; npm run torture has every pair of them.
  ['planned', [control.databaseStopped]],
  ['preparing', [killed.engineKilled]],
  [
    'copying',
    [
      killed.clientKilled,
      killed.nbdkitKilled,
      killed.qemuNbdKilled,
      killed.sshKilled,
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
  ['flushing', [control.everythingKilled]],
  ['checking', [killed.applianceKilled]],
  ['committing', [killed.engineKilled, control.repositoryAway]],
]

describe.each(cases)('in mid-backup, while it is %s', (phase, faults) => {
  it.each(faults)('$name', async (fault) => {
    const { wrongs, outcome } = await runCase(bench, fault, phase)
    expect(wrongs).toEqual([])
    expect(outcome, 'there was something to break').not.toBeNull()
    if (phase === 'copying' && fault.fails) expect(outcome).toBe('failed')
  })
})

it('the launcher is killed in mid-copy: PostgreSQL is adopted by the next, and the backup completes', async () => {
  const { stack, vmId, slow, disks } = bench
  await stack.engine.stop()
  const { DATABASE_URL: _, ...variables } = stack.variables
  const launcher = await startPart({
    name: 'launcher',
    command: process.execPath,
    args: [path.join(checkout, 'server/launcher/main.ts'), '--no-web'],
    env: { ...variables, SENDENSE_DRAIN: 'handover' },
    logFile: path.join(stack.root, 'launcher.log'),
    cwd: checkout,
    root: stack.root,
  })
  const up = async () => (await stack.services.health().catch(() => null))?.engine
  expect(await waitFor(up, { deadlineMs: 30_000, everyMs: 50 }), (await launcher.log()).join('\n')).toBe(true)
  await stack.online()
  await slow.setRate(bench.rate)
  const { id } = await stack.backUp(vmId)
  await copying(stack, id)
  const { pid } = stack.postgres ?? {}
  await launcher.kill()
  await launcher.restart()
  await slow.setRate(null)
  await expectIdentical(stack, await stack.finished(id), disks)
  expect(await stack.postgres?.alive(), `PostgreSQL is process ${pid} still`).toBe(true)
  await waitFor(async () => (await launcher.log()).join().includes('"ready":true'), { deadlineMs: 30_000, everyMs: 50 })
  await launcher.stop(30_000)
  await stack.postgres?.restart()
  await stack.engine.restart()
  await stack.online()
})
