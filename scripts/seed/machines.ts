import { slugFor } from '#server/domain/names.ts'
import { vmName } from './names.ts'
import type { Random } from './random.ts'

const GIB = 1024 ** 3

/** Begins the `ref` of every machine a seed made, and the fingerprint of every appliance: what it may remove again. */
export const MARK = 'seed-'

export interface SeedDisk {
  key: number
  label: string
  sizeBytes: bigint
  /** How much of it is data. */
  dataBytes: bigint
}

export interface SeedVm {
  id: string
  applianceId: string
  name: string
  slug: string
  sourceName: string
  sourceKind: string
  ref: string
  missing: boolean
  disks: SeedDisk[]
}

const sizes = [8, 16, 20, 32, 40, 64, 80, 100, 120, 200, 250, 500, 1000, 2000, 4000] as const

function makeDisks(random: Random): SeedDisk[] {
  const count = random.pick([1, 1, 1, 2, 2, 2, 3, 4, 6])
  return Array.from({ length: count }, (_, index) => {
    const sizeGib = index === 0 ? random.pick([20, 32, 40, 64, 80]) : random.pick(sizes)
    const used = 0.05 + random.next() * 0.7
    return {
      key: 2000 + index,
      label: `Hard disk ${index + 1}`,
      sizeBytes: BigInt(sizeGib * GIB),
      // Whole clusters, as images grow.
      dataBytes: BigInt(Math.floor((sizeGib * GIB * used) / 65_536) * 65_536),
    }
  })
}

/** Machines spread over the appliances. @param taken  slugs of machines that are there already */
export function makeMachines(count: number, appliances: readonly string[], taken: Set<string>, random: Random) {
  return Array.from({ length: count }, (_, n): SeedVm => {
    const name = vmName(n, random)
    const slug = slugFor(name, taken)
    taken.add(slug)
    const applianceId = appliances[random.int(0, appliances.length - 1)] ?? ''
    const kind = random.pick(['vsphere', 'vsphere', 'qemu'])
    return {
      ...{ id: random.uuid(), applianceId, name, slug, sourceKind: kind, ref: `${MARK}${n}` },
      sourceName: kind === 'vsphere' ? 'vcenter-1' : 'kvm-hosts',
      missing: random.chance(0.01),
      disks: makeDisks(random),
    }
  })
}
