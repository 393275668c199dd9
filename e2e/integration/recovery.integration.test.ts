/** @module-tag long */
import { stat } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { afterCrash } from '../world/after-crash.ts'
import { repositoryAway } from '../world/faults/control.ts'
import { holdAt } from '../world/faults/hold.ts'
import { walk } from '../world/files.ts'
import { expectIdentical } from '../world/proof.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

// What e2e/integration/faults does not ask: what the record says. One stack, small disks.
const MIB = 1024 * 1024
const actor = { userId: null }
const engineEnv = { SENDENSE_PARK: 'yes', SENDENSE_DRAIN: 'handover', SENDENSE_APPLIANCE_AWAY_SECONDS: '60' }
const world = sharedStack({ engineEnv })
let source: TestDisk
beforeAll(async () => {
  const extents = [{ kind: 'random' as const, offset: 0, length: 14 * MIB }]
  source = await world.disk('recovery', { sizeBytes: 16 * MIB + 512, extents })
})

const { engineAgain, workers, untilStep } = afterCrash(world)

/** Bytes that unfinished images take. */
async function allocated(): Promise<number> {
  const files = await walk(world.stack.repositoryPath)
  const images = files.filter((file) => file.includes('.partial/') && file.endsWith('.qcow2'))
  return (await Promise.all(images.map(async (file) => (await stat(file)).blocks * 512))).reduce((a, b) => a + b, 0)
}

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
})
