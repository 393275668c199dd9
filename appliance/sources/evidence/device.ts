import { constants } from 'node:fs'
import { open, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Sectors } from '#contracts/source-state.ts'
import { readMounts } from './mounts.ts'

/**
 * What of /sys/dev/block/M:m/stat grows whenever content may change (Documentation/block/stat.rst): each as text. The number of writes
 * is not among them: some drivers count a flush there, ours too.
 */
export const countersSchema = z.object({
  writeSectors: z.string(),
  discards: z.string(),
  discardSectors: z.string(),
})
export type Counters = z.infer<typeof countersSchema>

/** Names one attachment of one device: `rdev` alone is used again. */
export const deviceIdentitySchema = z.object({
  rdev: z.string(),
  /** Grows with every attachment (Linux 5.15); empty: not told. */
  diskseq: z.string(),
  sectors: z.string(),
})
export type DeviceIdentity = z.infer<typeof deviceIdentitySchema>

const line = async (file: string) => (await readFile(file, 'utf8')).trim()
const maybe = (file: string) => line(file).catch(() => '')
const list = (directory: string) => readdir(directory).catch((): string[] => [])

/** The numbers of a device as sysfs writes them (makedev(3), as glibc packs them). */
export function majorMinor(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)
  return `${major}:${minor}`
}

export interface Device {
  path: string
  rdev: bigint
  /** Its directory in sysfs, resolved. */
  sys: string
  name: string
  isPartition: boolean
  /** Kernel names of the partitions on it. */
  partitions: string[]
}

/** @throws when it is no block device or sysfs does not show it */
export async function findDevice(devicePath: string): Promise<Device> {
  const { rdev } = await stat(devicePath, { bigint: true })
  const sys = await realpath(`/sys/dev/block/${majorMinor(rdev)}`)
  const inside = await Promise.all(
    (await list(sys)).map(async (name) => ((await maybe(`${sys}/${name}/partition`)) ? name : null)),
  )
  return {
    ...{ path: devicePath, rdev, sys, name: path.basename(sys), partitions: inside.filter((name) => name !== null) },
    isPartition: (await maybe(`${sys}/partition`)) !== '',
  }
}

export async function deviceIdentity({ rdev, sys }: Device): Promise<DeviceIdentity> {
  return { rdev: `${rdev}`, diskseq: await maybe(`${sys}/diskseq`), sectors: await line(`${sys}/size`) }
}

/** @throws when the kernel is too old to count discards, or does not count at all */
export async function readCounters({ sys }: Device): Promise<Counters> {
  const disk = (await maybe(`${sys}/queue/iostats`)) || (await line(`${path.dirname(sys)}/queue/iostats`))
  if (disk !== '1') throw new Error('the kernel does not count its writes (queue/iostats is off)')
  const fields = (await line(`${sys}/stat`)).split(/\s+/)
  const [writeSectors, discards, discardSectors] = [fields[6], fields[11], fields[13]]
  if (!writeSectors || !discards || !discardSectors)
    throw new Error('the kernel does not count discards (Linux 4.18 does)')
  return { writeSectors, discards, discardSectors }
}

/** What grew, in words; null: nothing. */
export function countersChange(before: Counters, after: Counters): string | null {
  const grew = (Object.keys(before) as (keyof Counters)[]).filter((name) => before[name] !== after[name])
  if (grew.length === 0) return null
  const words = { writeSectors: 'sectors written', discards: 'discards', discardSectors: 'sectors discarded' }
  return `was written to (${grew.map((name) => `${words[name]} ${before[name]} → ${after[name]}`).join(', ')})`
}

/** Dirty pages of the device's cache go to the device, where they are counted. Writes nothing of its own. */
export async function settleDevice(devicePath: string): Promise<void> {
  await using handle = await open(devicePath, constants.O_RDONLY)
  await handle.sync()
}

export async function deviceSectors({ sys, isPartition }: Device): Promise<Sectors> {
  const queue = `${isPartition ? path.dirname(sys) : sys}/queue`
  const [logical, physical] = [
    Number(await maybe(`${queue}/logical_block_size`)),
    Number(await maybe(`${queue}/physical_block_size`)),
  ]
  return { logical: Math.max(logical || 0, 512), physical: physical >= 512 ? physical : null }
}

/** The devices below (device mapper, md), each a whole device or a partition. */
const slaves = async ({ sys }: Device) => {
  const found: Device[] = []
  for (const name of await list(`${sys}/slaves`)) found.push(await findDevice(`/dev/${name}`))
  return found
}

/** The devices under a stack, all levels. @throws when one has no node in /dev */
export async function below(device: Device, depth = 0): Promise<Device[]> {
  if (depth > 16) throw new Error('the stack of devices is too deep')
  const direct = await slaves(device)
  return [...direct, ...(await Promise.all(direct.map((each) => below(each, depth + 1)))).flat()]
}

/** Null when only this host can write the device, as far as sysfs tells; otherwise why that is not known. */
export async function whyShared(device: Device, depth = 0): Promise<string | null> {
  const { sys, name, isPartition } = device
  if (depth > 16) return 'the stack of devices is too deep'
  if (depth === 0 && isPartition) return `${name} is a partition, which is also written through its whole disk`
  const disk = isPartition ? path.dirname(sys) : sys
  const kernel = path.basename(disk)
  const unknown = `whether another host can write ${kernel} is not known`
  if (/^(loop|ram|zram|mmcblk)\d+$/.test(kernel)) return null
  if (/^nvme/.test(kernel)) {
    const own = await maybe(`${disk}/device/transport`)
    const paths = (await list(`${disk}/device`)).filter((entry) => /^nvme\d+$/.test(entry))
    const all = own ? [own] : await Promise.all(paths.map((entry) => maybe(`${disk}/device/${entry}/transport`)))
    return all.length > 0 && all.every((transport) => transport === 'pcie') ? null : unknown
  }
  if (/^sd[a-z]+$/.test(kernel)) {
    // SAS expanders, Fibre Channel and iSCSI carry disks that several hosts see.
    const far = /\/(end_device|rport|session|port)-/.test(disk)
    return !far && /\/(ata|usb)\d+\//.test(disk) ? null : unknown
  }
  if (/^(dm-|md)\d+$/.test(kernel)) {
    if ((await maybe(`${disk}/dm/uuid`)).startsWith('mpath-')) return `${kernel} is a multipath device`
    if ((await maybe(`${disk}/md/bitmap/metadata`)) === 'clustered') return `${kernel} is a cluster's`
    const parts = await slaves(device)
    if (parts.length === 0) return unknown
    for (const part of parts) {
      const why = await whyShared(part, depth + 1)
      if (why !== null) return why
    }
    return null
  }
  return unknown
}

/** Who writes or may write it in the kernel itself, where no process shows. */
export async function kernelUsers(device: Device): Promise<{ writers: string[]; users: string[] }> {
  const [writers, users] = [new Set<string>(), new Set<string>()]
  const { sys, rdev, partitions } = device
  const numbers = new Set([majorMinor(rdev)])
  for (const part of partitions) numbers.add(await line(`${sys}/${part}/dev`))
  for (const at of [sys, ...partitions.map((part) => `${sys}/${part}`)])
    for (const holder of await list(`${at}/holders`)) users.add(`${holder} lies on it`)
  const numberOf = async (node: string) => {
    const found = await stat(node, { bigint: true }).catch(() => null)
    return found?.isBlockDevice() ? majorMinor(found.rdev) : ''
  }
  for (const { device: mounted, source, options, superOptions, point } of readMounts()) {
    const isIt = numbers.has(mounted) || (source.startsWith('/dev/') && numbers.has(await numberOf(source)))
    // A bind mount may be read-only over a file system that is not.
    if (isIt && (superOptions.includes('rw') || options.includes('rw'))) writers.add(`it is mounted at ${point}`)
    else if (isIt) users.add(`it is mounted read-only at ${point}`)
  }
  for (const swap of (await line('/proc/swaps')).split('\n').slice(1)) {
    const node = swap.split(/\s/, 1)[0] ?? ''
    if (numbers.has(await numberOf(node))) writers.add('it is swap space')
  }
  for (const filesystem of await list('/sys/fs/btrfs'))
    for (const member of await list(`/sys/fs/btrfs/${filesystem}/devices`)) {
      const target = await readlink(`/sys/fs/btrfs/${filesystem}/devices/${member}`).catch(() => '')
      if ([device.name, ...partitions].includes(path.basename(target)))
        writers.add('a Btrfs file system is mounted from it')
    }
  return { writers: [...writers], users: [...users] }
}

/** The kernel lets a device be opened exclusively only when no mount (in any namespace), swap or other device has it. */
export async function isClaimed(devicePath: string): Promise<boolean> {
  try {
    await using _ = await open(devicePath, constants.O_RDONLY | constants.O_EXCL)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return true
    throw error
  }
}
