import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { testDirectory } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { expectIdentical } from '../world/proof.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let stack: Stack
let source: { key: number; path: string }
beforeAll(async () => {
  const { path: directory } = made.use(await testDirectory('disks'))
  stack = made.use(await startStack())
  const disk = await makeRawDisk(path.join(directory, 'disk.raw'), {
    sizeBytes: 4 * MIB,
    extents: [{ kind: 'random', offset: 0, length: MIB }],
  })
  source = { key: 2000, path: disk.path }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const listener = async () =>
  (await processesOf(stack.root)).find(({ command }) => /sshd: .*\[listener\]|sshd -D/.test(command))?.pid ?? null

it('a killed sshd is started again: living tunnels stay, and the next backup gets its own', async () => {
  const vm = await stack.addVm({ name: 'sshd', disks: [source] })
  const before = await stack.services.tunnels.list()
  const pid = await listener()
  if (pid === null) throw new Error('no sshd listens')
  process.kill(pid, 'SIGKILL')
  const again = await waitFor(
    async () => {
      const found = await listener()
      return found !== pid && found
    },
    { deadlineMs: 10_000, everyMs: 50 },
  )
  expect(again, await stack.logs()).not.toBeNull()
  expect(await stack.services.tunnels.list()).toEqual(before)
  const job = await stack.finished((await stack.backUp(vm.id)).id)
  await expectIdentical(stack, job, [source])
})
