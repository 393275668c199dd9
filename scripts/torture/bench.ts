import path from 'node:path'
import type { Bench } from '#e2e/world/faults/case.ts'
import { testDirectory } from '#e2e/world/files.ts'
import { serveSlowly } from '#e2e/world/slow-source.ts'
import { startStack } from '#e2e/world/stack.ts'
import { makeRawDisk } from '../demo-vm/raw-disk.ts'

const MIB = 1024 * 1024

/** A product of its own with one machine of two small disks. */
export async function startBench(seed: number): Promise<Bench & AsyncDisposable> {
  await using made = new AsyncDisposableStack()
  const { path: directory } = made.use(await testDirectory('torture'))
  const disk = async (key: number, sizeBytes: number) => {
    const file = path.join(directory, `disk-${key}.raw`)
    const extents = [{ kind: 'random' as const, offset: MIB, length: 8 * MIB }]
    return { key, ...(await makeRawDisk(file, { sizeBytes, extents, seed: `${seed}-${key}` })) }
  }
  const disks = [await disk(2000, 12 * MIB), await disk(2001, 10 * MIB + 12_345)]
  const stack = made.use(
    await startStack({
      ownNetwork: true,
      ownPostgres: true,
      web: true,
      keepAliveSeconds: 1,
      engineEnv: { SENDENSE_PARK: 'yes', SENDENSE_DRAIN: 'handover', SENDENSE_APPLIANCE_AWAY_SECONDS: '60' },
    }),
  )
  const slow = made.use(await serveSlowly(disks[0]?.path ?? '', directory))
  const vm = await stack.addVm({
    name: 'torture',
    disks: [
      { key: 2000, url: slow.url },
      { key: 2001, path: disks[1]?.path ?? '' },
    ],
  })
  const owned = made.move()
  return { stack, vmId: vm.id, disks, slow, rate: '8M', [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
