import { stat } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { afterCrash } from '../world/after-crash.ts'
import { repositoryAway } from '../world/faults/control.ts'
import { killAll, programs } from '../world/faults/find.ts'
import { holdAt } from '../world/faults/hold.ts'
import { walk } from '../world/files.ts'
import { expectFailed, expectIdentical } from '../world/proof.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

// What e2e/integration/faults does not ask: two faults at once, bounds, and what the record says. One stack, small disks.
const MIB = 1024 * 1024
const actor = { userId: null }
const engineEnv = { SENDENSE_PARK: 'yes', SENDENSE_DRAIN: 'handover', SENDENSE_APPLIANCE_AWAY_SECONDS: '60' }
const world = sharedStack({ engineEnv })
let source: TestDisk
beforeAll(async () => {
  const extents = [{ kind: 'random' as const, offset: 0, length: 14 * MIB }]
  source = await world.disk('recovery', { sizeBytes: 16 * MIB + 512, extents })
})

const { engineAgain, workers, stepsOf, untilStep, cut } = afterCrash(world)

/** Bytes that unfinished images take. */
async function allocated(): Promise<number> {
  const files = await walk(world.stack.repositoryPath)
  const images = files.filter((file) => file.includes('.partial/') && file.endsWith('.qcow2'))
  return (await Promise.all(images.map(async (file) => (await stat(file)).blocks * 512))).reduce((a, b) => a + b, 0)
}

const completes = async (vmId: string) =>
  expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(vmId)).id), [source])

describe('the engine is killed', () => {
  it('between rename and record, and the repository goes too: it starts, waits, and completes the record once', async () => {
    const vm = await world.stack.addVm({ name: 'after-rename', disks: [source] })
    const hold = await holdAt(world.stack, 'after-rename')
    const { id } = await world.stack.backUp(vm.id)
    await hold.reached()
    await world.stack.engine.kill()
    await hold.release()
    const mend = await repositoryAway.inject({ stack: world.stack, jobId: id, vmId: vm.id, disks: [], slow: null })
    await engineAgain()
    await untilStep(id, /repository.*The backup may be complete there: waiting for it/s)
    await mend?.()
    const point = await expectIdentical(world.stack, await world.stack.finished(id), [source])
    await engineAgain()
    const points = await world.stack.services.backups.restorePoints({ vmId: vm.id })
    expect(points.map((each) => each.id)).toEqual([point.id])
    const facts = (await world.stack.services.backups.events(id)).filter(({ data }) => data.kind === 'job.state')
    const states = facts.map(({ data }) => JSON.stringify(data))
    expect(new Set(states).size, 'no state twice').toBe(states.length)
  })

  it('in mid-copy: the copy goes on without it, by the same client; a wish to cancel from that time is granted', async () => {
    await using backup = await world.slowBackup('cancel-meanwhile', source, '8M')
    const before = await workers()
    expect(before).toHaveLength(2)
    await world.stack.engine.kill()
    const then = await allocated()
    expect(await waitFor(async () => (await allocated()) > then, { deadlineMs: 10_000 }), 'it grows').toBe(true)
    expect(await workers()).toEqual(before)
    await world.stack.services.backups.cancel(backup.jobId, actor)
    await engineAgain()
    expect((await world.stack.finished(backup.jobId)).state).toBe('cancelled')
  })

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
