import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { configureAppliance } from '../world/appliance.ts'
import { testDirectory } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let source: { key: number; path: string }
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack())
  const { path: file } = await makeRawDisk(path.join(directory, 'restarted.raw'), {
    sizeBytes: 48 * MIB + 512,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  source = { key: 2000, path: file }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

/** The client and the data tunnel's ssh. */
const workers = async () =>
  (await processesOf(stack.root))
    .filter(({ command }) => / client --job-dir|^ssh .*-F \S*\/jobs\//.test(command))
    .map(({ pid }) => pid)

describe('the appliance is', () => {
  it('killed in mid-copy and started again: client and tunnel are the same, and the backup is its source', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'killed', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const before = await workers()
    expect(before).toHaveLength(2)
    await stack.appliance.kill()
    expect(await workers()).toEqual(before)
    await stack.appliance.restart()
    await stack.online()
    expect(await workers()).toEqual(before)
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished(id), [source])
  })

  it('killed, and its tunnel and the engine with it: all are started again, and the backup is its source', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'all-but-the-client', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const ssh = (await processesOf(stack.root)).filter(({ command }) => /^ssh .*-F \S*\/jobs\//.test(command))
    expect(ssh).toHaveLength(1)
    await stack.engine.kill()
    await stack.appliance.kill()
    for (const { pid } of ssh) process.kill(pid, 'SIGKILL')
    await stack.appliance.restart()
    await stack.engine.restart()
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished(id), [source])
  })

  it('left alone by the hub for longer than its lease: it ends the job, and the record says so', async () => {
    await using slow = await serveSlowly(source.path, directory, '8M')
    await configureAppliance(stack.applianceDir, (config) => ({
      ...config,
      lease: { copyingSeconds: 3, idleSeconds: 3 },
    }))
    await stack.appliance.stop()
    await stack.appliance.restart()
    await stack.online()
    const vm = await stack.addVm({ name: 'left-alone', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    await stack.engine.kill()
    const ended = async () => (await workers()).length === 0
    expect(await waitFor(ended, { deadlineMs: 20_000, everyMs: 50 })).toBe(true)
    await stack.engine.restart()
    await expectFailed(stack, await stack.finished(id), 'lease_expired', /heard nothing of the hub for \d+ s/)
  })
})
