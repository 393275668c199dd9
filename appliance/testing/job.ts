import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { formatTargets } from '#contracts/targets.ts'
import { run } from '#lib/process/run.ts'
import { authorizedKeyLine } from '#server/drivers/ssh/driver.ts'
import { startTestAppliance, type TestAppliance } from './appliance.ts'
import { testDirectory } from './directory.ts'
import { startExport, startTestSshd, type TestExport, type TestSshd } from './hub.ts'
import { serveFor } from './nbd.ts'

export interface TestWorld extends AsyncDisposable {
  directory: string
  sshd: TestSshd
  appliance: TestAppliance
}

/** One sshd and one appliance that knows it, on a directory of their own. */
export async function startWorld(entry?: string): Promise<TestWorld> {
  await using made = new AsyncDisposableStack()
  const directory = made.use(await testDirectory('appliance'))
  const sshd = made.use(await startTestSshd(directory.path))
  const appliance = made.use(await startTestAppliance(directory.path, entry))
  await appliance.configure((config) => ({ ...config, hub: sshd.hub }))
  const owned = made.move()
  return { directory: directory.path, sshd, appliance, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export interface TestDisk {
  key: number
  path: string
  url?: string
}

/** Puts a machine of these disks into the appliance's settings. */
export async function addVm({ appliance }: TestWorld, name: string, disks: readonly TestDisk[]): Promise<void> {
  const vms = [{ ref: name, name, disks: disks.map(({ key, path, url }) => (url ? { key, url } : { key, path })) }]
  await appliance.configure((config) => ({ ...config, sources: [{ name: 'images', kind: 'image', vms }] }))
}

export interface TestJob extends AsyncDisposable {
  jobId: string
  targets: string
  exports: Map<number, TestExport>
  sizes: Map<number, number>
  /** What of each disk there is to read. */
  dataBytes: Map<number, number>
}

/** The restrictions of a job's key, as the hub writes them. */
export const dataKeyLine = (id: string, publicKey: string, openPorts: readonly number[]) =>
  authorizedKeyLine({ kind: 'data', id, publicKey, openPorts })

/** A job as far as the hub takes it before the copy: prepared, exports up, its own tunnel open. */
export async function openJob(world: TestWorld, name: string, disks: readonly TestDisk[]): Promise<TestJob> {
  await using made = new AsyncDisposableStack()
  const { api } = world.appliance
  const jobId = randomUUID()
  await addVm(world, name, disks)
  const prepared = await api.call('jobs.prepare', { jobId, source: 'images', ref: name })
  made.defer(async () => {
    await api.call('jobs.end', { jobId }).catch(() => undefined)
  })
  const exports = new Map<number, TestExport>()
  for (const { key, sizeBytes } of prepared.disks)
    exports.set(key, made.use(await startExport(world.directory, `${jobId.slice(0, 8)}-disk-${key}`, sizeBytes)))
  const hubPorts = [...exports.values()].map(({ port }) => port)
  await world.sshd.authorize([dataKeyLine(jobId, prepared.publicKey, hubPorts)])
  const { forwards } = await api.call('jobs.connect', { jobId, hubPorts })
  const targets = formatTargets(
    [...exports].map(([key, { port }]) => {
      const forward = forwards.find(({ hubPort }) => hubPort === port)
      if (!forward) throw new Error(`no forward for ${port}`)
      return { key, host: forward.host, port: forward.port, exportName: `${jobId.slice(0, 8)}-disk-${key}` }
    }),
  )
  const owned = made.move()
  return {
    jobId,
    targets,
    exports,
    sizes: new Map(prepared.disks.map(({ key, sizeBytes }) => [key, sizeBytes])),
    dataBytes: new Map(prepared.disks.map(({ key, dataBytes }) => [key, dataBytes])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** True when the image holds what the raw file holds, byte for byte. The export must be stopped. */
export async function identical(raw: string, image: string): Promise<boolean> {
  const result = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, image])
  if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(result.stderr)
  return result.exitCode === 0
}

export const diskPath = (world: TestWorld, name: string) => path.join(world.directory, name)

/**
 * A disk whose source gives no more than so many bits a second, as nbdkit's rate filter counts them ("40M"), so that its copy is still
 * there when something is done to it. Whoever calls ends it by `made`.
 */
export async function slowDisk(
  world: TestWorld,
  made: AsyncDisposableStack,
  disk: { key: number; path: string },
  rate: string,
): Promise<TestDisk> {
  const socket = diskPath(world, `slow-${disk.key}.sock`)
  made.use(await serveFor(disk.path, socket, ['rate'], [`rate=${rate}`]))
  return { ...disk, url: `nbd+unix:///?socket=${socket}` }
}
