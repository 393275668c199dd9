import { open } from 'node:fs/promises'
import { runOrThrow } from '#lib/process/run.ts'

const SECTOR = 512
const ALIGN = 1024 * 1024
/** Sectors that GPT keeps for its copy at the end of a disk. */
const GPT_TAIL = 34 * SECTOR

export interface PartitionPlan {
  name: string
  /** sfdisk's short names. */
  type: 'linux' | 'swap'
  /** Bytes; the last partition may leave it out and takes the rest. */
  sizeBytes?: number
}

export interface Partition {
  name: string
  offset: number
  sizeBytes: number
}

/** Places partitions one after the other, each on a whole MiB. */
export function placePartitions(diskBytes: number, plans: readonly PartitionPlan[]): Partition[] {
  let offset = ALIGN
  return plans.map((plan) => {
    const rest = Math.floor((diskBytes - GPT_TAIL - offset) / ALIGN) * ALIGN
    const sizeBytes = plan.sizeBytes ?? rest
    if (sizeBytes <= 0 || sizeBytes > rest) throw new RangeError(`partition ${plan.name} does not fit`)
    const placed = { name: plan.name, offset, sizeBytes }
    offset += Math.ceil(sizeBytes / ALIGN) * ALIGN
    return placed
  })
}

/** A UUID of the demo's own: the same on every machine. */
export const demoUuid = (disk: number, number: number) =>
  `5e4de45e-${String(disk).padStart(4, '0')}-4000-8000-${String(number).padStart(12, '0')}`

/** Writes a GPT into a raw image (sfdisk works on plain files; no root, no loop device). */
export async function writePartitionTable(
  image: string,
  disk: { key: number; sizeBytes: number },
  plans: readonly PartitionPlan[],
): Promise<Partition[]> {
  const partitions = placePartitions(disk.sizeBytes, plans)
  const lines = partitions.map((part, index) =>
    [
      `start=${part.offset / SECTOR}`,
      `size=${part.sizeBytes / SECTOR}`,
      `type=${plans[index]?.type ?? 'linux'}`,
      `uuid=${demoUuid(disk.key, index + 1)}`,
      `name="${part.name}"`,
    ].join(', '),
  )
  await runOrThrow(
    'sfdisk',
    ['--quiet', '--no-tell-kernel', image],
    { code: 'tool_missing', happened: 'The partition table of the demo disk could not be written' },
    { input: ['label: gpt', `label-id: ${demoUuid(disk.key, 0)}`, ...lines, ''].join('\n') },
  )
  return partitions
}

const PAGE = 4096

/**
 * Makes a partition a swap area, as mkswap would, and fills its start with written zeros: blocks that are
 * allocated and hold nothing, as a machine leaves them that swapped once.
 */
export async function writeSwap(image: string, partition: Partition, zeroBytes: number): Promise<void> {
  await using file = await open(image, 'r+')
  const chunk = Buffer.alloc(4 * 1024 * 1024)
  for (let at = 0; at < zeroBytes; at += chunk.length)
    await file.write(chunk, 0, Math.min(chunk.length, zeroBytes - at), partition.offset + at)
  // linux/swap.h, union swap_header: version at 1024, last page after it, the magic ends the first page
  const header = Buffer.alloc(PAGE)
  header.writeUInt32LE(1, 1024)
  header.writeUInt32LE(partition.sizeBytes / PAGE - 1, 1028)
  header.write('SWAPSPACE2', PAGE - 10, 'latin1')
  await file.write(header, 0, PAGE, partition.offset)
}
