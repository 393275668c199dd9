import { z } from 'zod'
import type { InventoryVm } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import { diskKeySchema } from '#contracts/ids.ts'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import type { ImageSourceConfig } from '../../config.ts'
import { readableIdentity } from '../../file-identity.ts'
import { accessChange, type DiskAccess, diskAccessSchema } from '../../nbdkit/access.ts'
import { readExtents, sumExtents } from '../../nbdkit/extents.ts'
import { serveDisk } from '../../nbdkit/serve.ts'
import type { Inventory, Snapshot, Source, SourceContext } from '../source.ts'
import { diskSize } from './size.ts'

type VmConfig = ImageSourceConfig['vms'][number]

const snapshotSchema = z.object({
  vm: z.string(),
  disks: z.array(z.object({ key: diskKeySchema, access: diskAccessSchema })),
})

/** Disk image files (raw) and NBD URLs as they stand in the settings. It cannot freeze them: it notices changes at the end. */
export class ImageSource implements Source {
  readonly kind = 'image'
  readonly name: string
  readonly #config: ImageSourceConfig

  constructor(config: ImageSourceConfig) {
    this.name = config.name
    this.#config = config
  }

  async inventory(): Promise<Inventory> {
    const inventory: Inventory = { vms: [], problems: [] }
    const listed = await Promise.allSettled(this.#config.vms.map((vm) => this.#list(vm)))
    for (const [index, vm] of this.#config.vms.entries()) {
      const result = listed[index]
      if (result?.status === 'fulfilled') inventory.vms.push(result.value)
      else inventory.problems.push({ source: this.name, ref: vm.ref, problem: toProblem(result?.reason) })
    }
    return inventory
  }

  async #list(vm: VmConfig): Promise<InventoryVm> {
    refuseTwins(vm)
    const disks = vm.disks.map(async (disk, index) => ({
      key: disk.key,
      label: disk.label ?? `Disk ${index + 1}`,
      sizeBytes: await diskSize(accessOf(disk), diskName(vm.name, disk.key)),
    }))
    return { source: this.name, sourceKind: this.kind, ref: vm.ref, name: vm.name, disks: await Promise.all(disks) }
  }

  async begin({ ref, keys }: { ref: string; keys: number[] }): Promise<Snapshot> {
    const vm = this.#config.vms.find((each) => each.ref === ref)
    if (!vm) throw missing(`The source "${this.name}" has no virtual machine "${ref}" any more.`)
    refuseTwins(vm)
    const disks = keys.map(async (key) => {
      const disk = vm.disks.find((each) => each.key === key)
      if (!disk) throw missing(`The virtual machine "${vm.name}" has no disk ${key} any more.`)
      const access = accessOf(disk)
      await diskSize(access, diskName(vm.name, key))
      if (access.plugin !== 'file') return { key, access }
      const identity = await readableIdentity(access.path, diskName(vm.name, key))
      return { key, access: { ...access, identity } }
    })
    return { vm: vm.name, disks: await Promise.all(disks) }
  }

  async extents(snapshot: Snapshot, key: number, context: SourceContext) {
    const what = diskName(snapshotSchema.parse(snapshot).vm, key)
    await using served = await serveDisk({
      access: this.open(snapshot, key),
      name: `extents-${key}`,
      cwd: context.directory,
      mark: context.mark,
      what,
    })
    return await readExtents(served.url, { cwd: context.directory, what, signal: context.signal })
  }

  probe({ ref, keys }: { ref: string; keys: number[] }, context: SourceContext): Promise<ProbedDisk[]> {
    const probe = async (key: number): Promise<ProbedDisk> => {
      try {
        // Beginning freezes nothing here: it looks whether the file is there and can be read.
        const snapshot = await this.begin({ ref, keys: [key] })
        const { sizeBytes, extents } = await this.extents(snapshot, key, context)
        return { key, sizeBytes, dataBytes: sumExtents(extents), problem: null }
      } catch (error) {
        const { happened, remedy } = toProblem(error)
        return { key, sizeBytes: null, dataBytes: null, problem: { happened, ...(remedy ? { remedy } : {}) } }
      }
    }
    return Promise.all(keys.map(probe))
  }

  open(snapshot: Snapshot, key: number): DiskAccess {
    const disk = snapshotSchema.parse(snapshot).disks.find((each) => each.key === key)
    if (!disk) throw missing(`Disk ${key} does not belong to this job.`)
    return disk.access
  }

  async end(snapshot: Snapshot): Promise<{ changed: string | null }> {
    const { vm, disks } = snapshotSchema.parse(snapshot)
    const changes = disks.map(async ({ key, access }) => {
      const change = await accessChange(access)
      return change === null ? null : `The file of ${diskName(vm, key)} ${change} during the job.`
    })
    const words = (await Promise.all(changes)).filter((change) => change !== null)
    return { changed: words.length === 0 ? null : words.join(' ') }
  }
}

const diskName = (vm: string, key: number) => `disk ${key} of "${vm}"`

function accessOf(disk: VmConfig['disks'][number]): Exclude<DiskAccess, { plugin: 'pattern' }> {
  if (disk.path !== undefined) return { plugin: 'file', path: disk.path, identity: null }
  if (disk.url !== undefined) return { plugin: 'nbd', url: disk.url }
  throw missing(`Disk ${disk.key} has neither a path nor a url in the settings.`)
}

function refuseTwins(vm: VmConfig): void {
  if (new Set(vm.disks.map((disk) => disk.key)).size === vm.disks.length) return
  throw new ProblemError({
    code: 'bad_input',
    happened: `Two disks of "${vm.name}" have the same key.`,
    remedy: "Give each disk its own key in the appliance's settings.",
  })
}

function missing(happened: string): ProblemError {
  return new ProblemError({
    code: 'source_missing',
    happened,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: "Refresh the list of virtual machines; check the appliance's settings.",
  })
}
