/** @module-tag long */
import { beforeAll, describe, expect, it } from 'vitest'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { afterCrash } from '../world/after-crash.ts'
import { configureAppliance } from '../world/appliance.ts'
import { killAll, programs } from '../world/faults/find.ts'
import { expectFailed, expectIdentical } from '../world/proof.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

// Bounds of time, which take that time, and two faults at once: npm run torture -- --tests. One stack, small disks.
const MIB = 1024 * 1024
const engineEnv = { SENDENSE_DRAIN: 'handover', SENDENSE_APPLIANCE_AWAY_SECONDS: '60' }
const world = sharedStack({ engineEnv })
let source: TestDisk
beforeAll(async () => {
  const extents = [{ kind: 'random' as const, offset: 0, length: 14 * MIB }]
  source = await world.disk('bounds', { sizeBytes: 16 * MIB + 512, extents })
})

const { engineAgain, workers, stepsOf, untilStep, cut } = afterCrash(world)

const completes = async (vmId: string) =>
  expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(vmId)).id), [source])

describe('the engine is killed', () => {
  it('and a qemu-nbd ends meanwhile: the backup fails with that reason, and the next one works', async () => {
    await using backup = await world.slowBackup('lost-export', source, '8M')
    await world.stack.engine.kill()
    await killAll(world.stack, programs.qemuNbd)
    await engineAgain()
    await world.stack.online()
    const job = await world.stack.finished(backup.jobId)
    await expectFailed(world.stack, job, 'engine_restarted', /qemu-nbd of disk 2000/)
    expect(await world.stack.leaks()).toEqual([])
    await backup.slow.setRate(null)
    await completes(backup.vmId)
  })

  it('and the tunnel is cut meanwhile: the next engine ends the stale session, and completes', async () => {
    await using backup = await world.slowBackup('both-killed', source, '8M')
    await world.stack.engine.kill()
    await world.stack.appliance.kill()
    await killAll(world.stack, programs.ssh)
    await world.stack.appliance.restart()
    await engineAgain()
    await untilStep(backup.jobId, /the copy goes on/i)
    const data = (await world.stack.services.tunnels.list()).filter(({ kind }) => kind === 'data')
    expect(data.length, 'one session of the job').toBeLessThanOrEqual(1)
    await backup.slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished(backup.jobId), [source])
    expect((await stepsOf(backup.jobId)).join('\n')).toMatch(/The data tunnel is back after [\d.]+ s\./)
  })
})

describe('the tunnel of a running copy', () => {
  it('is away when qemu-nbd is killed: the backup fails at once, and names the process', async () => {
    await using backup = await world.slowBackup('export-lost', source, '8M')
    const mend = await cut()
    try {
      await untilStep(backup.jobId, /The data tunnel ended/)
      await killAll(world.stack, programs.qemuNbd)
      const words = /qemu-nbd of disk \d+ .* was ended by SIGKILL/
      await expectFailed(world.stack, await world.stack.finished(backup.jobId), 'export_failed', words)
    } finally {
      await mend()
    }
  })
})

it('a tunnel that does not come back, or breaks too often, fails the backup clearly', async () => {
  await engineAgain({ SENDENSE_APPLIANCE_AWAY_SECONDS: '5', SENDENSE_TUNNEL_AWAY_TOTAL_SECONDS: '6' })
  await world.stack.online()
  {
    await using backup = await world.slowBackup('never-back', source, '4M')
    const mend = await cut()
    const job = await world.stack.finished(backup.jobId)
    await mend()
    await expectFailed(world.stack, job, 'export_unreachable', /tunnel to the hub did not come back within 5 seconds/)
  }
  await using backup = await world.slowBackup('flaps', source, '1M')
  const ended = async () => (await world.stack.services.backups.get(backup.jobId)).finishedAt !== null
  const times = async (words: RegExp) => (await stepsOf(backup.jobId)).filter((step) => words.test(step)).length
  // Each time for much of what is allowed in all, and not as long as is allowed each time.
  for (let breaks = 1; breaks <= 6 && !(await ended()); breaks++) {
    const mend = await cut()
    const told = async () => (await times(/The data tunnel ended/)) >= breaks || ended()
    await waitFor(told, { deadlineMs: 20_000, everyMs: 50 })
    // How long the break lasts: the fault itself, not a wait for something.
    await sleep(1200)
    await mend()
    const back = async () => (await times(/the copy goes on/i)) >= breaks || ended()
    await waitFor(back, { deadlineMs: 20_000, everyMs: 50 })
  }
  const words = /tunnel to the hub broke \d+ times and was away for more than 6 seconds in all/
  await expectFailed(world.stack, await world.stack.finished(backup.jobId), 'export_unreachable', words)
  await engineAgain()
  await world.stack.online()
})

it('an engine that is to wait for its backups ends when they are complete', async () => {
  await engineAgain({ SENDENSE_DRAIN: 'wait' })
  await world.stack.online()
  await using backup = await world.slowBackup('waited-for', source, '8M')
  const stopped = world.stack.engine.stop(30_000)
  await backup.slow.setRate(null)
  await stopped
  await expectIdentical(world.stack, await world.stack.services.backups.get(backup.jobId), [source])
  await engineAgain()
  await world.stack.online()
})

it('an appliance that is left alone for longer than its lease ends the job, and the record says so', async () => {
  const lease = { copyingSeconds: 2, idleSeconds: 2 }
  await configureAppliance(world.stack.applianceDir, (config) => ({ ...config, lease }))
  await world.stack.appliance.stop()
  await world.stack.appliance.restart()
  await world.stack.online()
  await using backup = await world.slowBackup('left-alone', source, '2M')
  await world.stack.engine.kill()
  expect(await waitFor(async () => (await workers()).length === 0, { deadlineMs: 20_000, everyMs: 50 })).toBe(true)
  await engineAgain()
  const job = await world.stack.finished(backup.jobId)
  await expectFailed(world.stack, job, 'lease_expired', /heard nothing of the hub for \d+ s/)
})
