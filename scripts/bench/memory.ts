import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { appliancePaths } from '#appliance/config.ts'
import { readConfig, writeConfig } from '#appliance/config-file.ts'
import { programs } from '#e2e/world/faults/find.ts'
import { processesOf } from '#e2e/world/processes.ts'
import type { Stack } from '#e2e/world/stack.ts'
import { sleep } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'

const MIB = 1024 * 1024
const DISKS = 8

/** The most memory a process has held, in MiB; null when it is gone. */
async function peakMib(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return kib === undefined ? null : Number(kib) / 1024
}

/** Backs a machine of eight disks up, all at once, and says how much memory its transfer process took. */
export async function memoryLine(stack: Stack, directory: string): Promise<string> {
  const { config } = appliancePaths(stack.applianceDir)
  await writeConfig(config, { ...(await readConfig(config)), disksAtOnce: DISKS })
  const disks = await Promise.all(
    Array.from({ length: DISKS }, async (_, index) => {
      const file = path.join(directory, `memory-${index}.raw`)
      const extents = [{ kind: 'random' as const, offset: 0, length: 128 * MIB }]
      return { key: 2000 + index, path: (await makeRawDisk(file, { sizeBytes: 128 * MIB, extents })).path }
    }),
  )
  const vm = await stack.addVm({ name: 'memory', disks })
  const { id } = await stack.backUp(vm.id)
  let most = 0
  let over = false
  const finished = stack.finished(id, 600_000, 500).finally(() => {
    over = true
  })
  while (!over) {
    for (const { pid, command } of await processesOf(stack.root))
      if (programs.client.test(command)) most = Math.max(most, (await peakMib(pid)) ?? 0)
    await sleep(100)
  }
  const { state } = await finished
  if (state !== 'completed') throw new Error(`the backup of ${DISKS} disks ended as ${state}`)
  return `transfer process, ${DISKS} disks at once: ${most.toFixed(0)} MiB at most, aim under 200 MiB`
}
