import type { InventoryVm } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import { type DiskVerdict, type Sectors, sentences } from '#contracts/source-state.ts'
import type { DiskConfig, ImageSourceConfig } from '../../config.ts'
import type { FileIdentity } from '../../file-identity.ts'
import type { DiskAccess } from '../../nbdkit/access.ts'
import { type Measured, measureDisk } from '../../nbdkit/measure.ts'
import { serveDisk } from '../../nbdkit/serve.ts'
import { type Assessment, assess } from '../evidence/assess.ts'
import { deviceSectors, findDevice } from '../evidence/device.ts'
import { concludeFixings, type Fixing, planFixing } from '../evidence/fixing.ts'
import { whyNotLocal } from '../evidence/mounts.ts'
import { compareSnapshot, type ResolvedDisk, resolveDisk } from '../formats/resolve.ts'
import type { BegunDisk, Inventory, Snapshot, Source, SourceContext, Wanted } from '../source.ts'
import { containerSize, diskSize } from './size.ts'
import { type ImageSnapshot, imageSnapshotSchema } from './snapshot.ts'
import { writtenProblem } from './unknown.ts'

type VmConfig = ImageSourceConfig['vms'][number]
type Found = ImageSnapshot['disks'][number]

/** Image files, block devices and NBD URLs as they stand in the settings. It freezes nothing: it knows what it can compare. */
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
    const disks = vm.disks.map(async (disk, index) => {
      const what = diskName(vm.name, disk.key)
      const { access } = await this.#resolve(vm, disk)
      const sizeBytes = access.plugin === 'qemu' ? await sizeOf(access, disk, what) : await diskSize(access, what)
      return { key: disk.key, label: disk.label ?? `Disk ${index + 1}`, sizeBytes }
    })
    return { source: this.name, sourceKind: this.kind, ref: vm.ref, name: vm.name, disks: await Promise.all(disks) }
  }

  #resolve(vm: VmConfig, disk: DiskConfig): Promise<ResolvedDisk> {
    const directories = this.#config.directories ?? null
    return resolveDisk(disk, { what: diskName(vm.name, disk.key), key: disk.key, directories })
  }

  #machine(ref: string): VmConfig {
    const vm = this.#config.vms.find((each) => each.ref === ref)
    if (!vm) throw missing(`The source "${this.name}" no longer has the virtual machine "${ref}".`)
    refuseTwins(vm)
    return vm
  }

  async begin({ ref, allowUnknown }: Wanted): Promise<Snapshot> {
    const vm = this.#machine(ref)
    return await this.#begin(vm, vm.disks, allowUnknown)
  }

  async #begin(vm: VmConfig, disks: readonly DiskConfig[], allowUnknown: readonly number[]): Promise<Snapshot> {
    const resolved = await Promise.all(disks.map((disk) => this.#resolve(vm, disk)))
    for (const [index, { access }] of resolved.entries())
      if (access.plugin === 'nbd') await diskSize(access, diskName(vm.name, disks[index]?.key ?? 0))
    const assessed = await assess(resolved.map(({ files }) => files ?? []))
    const found: Found[] = []
    const written: { key: number; writers: string[] }[] = []
    for (const [index, disk] of disks.entries()) {
      const [facts, looked] = [resolved[index], assessed[index]]
      if (!facts || !looked) throw new Error('a disk was not looked at')
      const fixing = await plan(facts, looked, allowUnknown.includes(disk.key))
      if ('writers' in fixing) {
        written.push({ key: disk.key, ...fixing })
        continue
      }
      const { format, notes, frozen } = facts
      const label = disk.label ?? `Disk ${vm.disks.indexOf(disk) + 1}`
      const access = marked(facts.access, fixing)
      found.push({ key: disk.key, label, access, format, notes, sectors: await sectorsOf(access), fixing, frozen })
    }
    if (written.length > 0) throw writtenProblem(vm.name, written)
    return { vm: vm.name, disks: found } satisfies ImageSnapshot
  }

  disks(snapshot: Snapshot): BegunDisk[] {
    return imageSnapshotSchema.parse(snapshot).disks.map(({ key, label, access, format, notes, sectors, fixing }) => ({
      ...{ key, label: clean(label), access, format, notes: sentences(notes), sectors },
      ...{ stateFixedBy: fixing.by, evidence: sentences(fixing.evidence), secondRead: fixing.by === 'read_twice' },
    }))
  }

  async measure(snapshot: Snapshot, key: number, context: SourceContext): Promise<Measured> {
    const { vm, disks } = imageSnapshotSchema.parse(snapshot)
    const access = disks.find((each) => each.key === key)?.access
    if (!access) throw missing(`Disk ${key} does not belong to this job.`)
    const what = diskName(vm, key)
    await using served = await serveDisk({
      access,
      name: `measure-${key}`,
      cwd: context.directory,
      mark: context.mark,
      what,
    })
    return await measureDisk(served.url, { cwd: context.directory, what, signal: context.signal })
  }

  async probe({ ref, allowUnknown }: Wanted, context: SourceContext): Promise<ProbedDisk[]> {
    const vm = this.#machine(ref)
    const probe = async (disk: DiskConfig): Promise<ProbedDisk> => {
      const { key } = disk
      try {
        // Beginning freezes nothing here: it looks at the files and who has them open.
        const snapshot = await this.#begin(vm, [disk], allowUnknown)
        const measured = await this.measure(snapshot, key, context)
        const stateFixedBy = this.disks(snapshot)[0]?.stateFixedBy ?? null
        return { key, ...measured, stateFixedBy, problem: null }
      } catch (error) {
        const { happened, remedy } = toProblem(error)
        const problem = { happened, ...(remedy ? { remedy } : {}) }
        return { key, sizeBytes: null, dataBytes: null, stateFixedBy: null, problem }
      }
    }
    return await Promise.all(vm.disks.map(probe))
  }

  async end(snapshot: Snapshot): Promise<DiskVerdict[]> {
    const { disks } = imageSnapshotSchema.parse(snapshot)
    const looked = disks.map(async ({ key, fixing, frozen }) => ({
      ...{ key, fixing },
      ...(frozen ? { also: await compareSnapshot(frozen) } : {}),
    }))
    return await concludeFixings(await Promise.all(looked))
  }
}

const diskName = (vm: string, key: number) => `disk ${key} of "${vm}"`

const clean = (text: string) => text.replace(/\p{Cc}/gu, ' ').slice(0, 255)

async function plan({ files, frozen }: ResolvedDisk, looked: Assessment, allowed: boolean) {
  if (!frozen) return planFixing(files === null ? null : looked, allowed)
  const far = await whyNotLocal(frozen.path).catch((error: unknown) => `its file system is not known (${error})`)
  const assessment = far === null ? looked : { ...looked, gaps: [...looked.gaps, `${frozen.path}: ${far}`] }
  return planFixing(assessment, allowed, { evidence: `It is read from its snapshot "${frozen.entry.name}".` })
}

/** The identity that a copy is compared with while it runs. What is allowed to be written, or is frozen inside, has none. */
function marked(access: ResolvedDisk['access'], fixing: Fixing): DiskAccess {
  const identities = new Map<string, FileIdentity>()
  if (!fixing.allowed)
    for (const mark of fixing.marks) if (mark.kind === 'file') identities.set(mark.path, mark.identity)
  if (access.plugin === 'file') return { ...access, identity: identities.get(access.path) ?? null }
  if (access.plugin !== 'qemu') return access
  return {
    ...access,
    layers: access.layers.map((layer) => ({ ...layer, identity: identities.get(layer.path) ?? null })),
  }
}

async function sectorsOf(access: DiskAccess): Promise<Sectors> {
  const [top] = access.plugin === 'qemu' ? access.layers : []
  const isDevice = top?.device === true && top.format === 'raw'
  return isDevice ? await deviceSectors(await findDevice(top.path)) : { logical: 512, physical: null }
}

/** Of a container its header says it; of a raw device the kernel. */
async function sizeOf(
  access: Extract<DiskAccess, { plugin: 'qemu' }>,
  disk: DiskConfig,
  what: string,
): Promise<number> {
  const raw = access.layers[0]?.format === 'raw'
  return raw
    ? await diskSize({ plugin: 'file', path: disk.path ?? '', identity: null }, what)
    : await containerSize(access, what)
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
