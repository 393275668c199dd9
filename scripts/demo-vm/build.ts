import { mkdir, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { writeExt4 } from './filesystem.ts'
import { writePartitionTable, writeSwap } from './partition.ts'
import { readStamp, removeStamp, type StampedDisk, writeStamp } from './stamp.ts'
import { dataDiskFiles, type PlannedFile, systemFiles, writeTree } from './tree.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** The sizes of the night the product was born from: 102 GB and 5 GB. */
export const DEMO_SIZES = { system: 109_521_666_048, data: 5_368_709_120 }
const SEED = 'pgtest1'

export interface DemoDisk {
  key: number
  label: string
  path: string
  sizeBytes: number
  /** Bytes the host's file system holds for the image. */
  dataBytes: number
}

export interface DemoVm {
  name: string
  disks: DemoDisk[]
}

export interface DemoVmOptions {
  /** Made when missing; holds the images and a stamp. */
  directory: string
  /** Virtual sizes in bytes; each at least 256 MiB. Default {@link DEMO_SIZES}. */
  sizes?: { system: number; data: number }
  /** Roughly what the system disk holds. Default 1.5 GiB. */
  dataBytes?: number
  /** Called after every few MiB with the fraction (0 to 1) of the present step; never when all is there already. */
  onProgress?: (step: string, fraction: number) => void
}

interface Build {
  directory: string
  onProgress: (step: string, fraction: number) => void
}

/** A tree of files beside the image, gone again when the file system is made. */
async function withTree(
  build: Build,
  files: readonly PlannedFile[],
  seed: string,
  use: (tree: string) => Promise<void>,
): Promise<void> {
  const tree = path.join(build.directory, 'tree')
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  let done = 0
  try {
    await rm(tree, { recursive: true, force: true })
    await mkdir(tree)
    await writeTree(tree, files, seed, (bytes) => {
      done += bytes
      build.onProgress('writing files', Math.min(1, done / total))
    })
    await use(tree)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

async function emptyImage(image: string, sizeBytes: number): Promise<void> {
  await using file = await open(image, 'w', 0o644)
  await file.truncate(sizeBytes)
}

async function systemDisk(build: Build, sizeBytes: number, dataBytes: number): Promise<string> {
  const image = path.join(build.directory, 'pgtest1-system.raw')
  const disk = { key: 2000, sizeBytes }
  const swapZeros = Math.min(64 * MIB, Math.floor(dataBytes / 16 / MIB) * MIB)
  build.onProgress('partitioning disk 2000', 0)
  await emptyImage(image, sizeBytes)
  const [swap, root] = await writePartitionTable(image, disk, [
    { name: 'swap', type: 'swap', sizeBytes: 2 * swapZeros + MIB },
    { name: 'root', type: 'linux' },
  ])
  if (!swap || !root) throw new Error('the plan has two partitions')
  await writeSwap(image, swap, swapZeros)
  await withTree(build, systemFiles(dataBytes - swapZeros, SEED), SEED, async (tree) => {
    build.onProgress('making the file system of disk 2000', 0)
    await writeExt4(image, disk, root, { tree, label: 'pgtest1-root', number: 2 })
  })
  return image
}

async function dataDisk(build: Build, sizeBytes: number): Promise<string> {
  const image = path.join(build.directory, 'pgtest1-data.raw')
  const disk = { key: 2001, sizeBytes }
  await emptyImage(image, sizeBytes)
  const [part] = await writePartitionTable(image, disk, [{ name: 'data', type: 'linux' }])
  if (!part) throw new Error('the plan has one partition')
  await withTree(build, dataDiskFiles(), `${SEED}:data`, async (tree) => {
    build.onProgress('making the file system of disk 2001', 0)
    await writeExt4(image, disk, part, { tree, label: 'pgtest1-data', number: 1 })
  })
  return image
}

async function stamped(key: number, label: string, image: string): Promise<StampedDisk> {
  const found = await stat(image)
  return { key, label, path: image, sizeBytes: found.size, dataBytes: found.blocks * 512, mtimeMs: found.mtimeMs }
}

/**
 * Makes the demo machine `pgtest1`: sparse raw images with partition tables and real ext4 file systems, built without
 * mounting. Contents come from a seed (file times do not); a second call with the same wish answers at once.
 */
export async function buildDemoVm(options: DemoVmOptions): Promise<DemoVm> {
  const { directory, sizes = DEMO_SIZES, dataBytes = 1.5 * GIB } = options
  const wanted = JSON.stringify({ sizes, dataBytes, seed: SEED })
  const known = await readStamp(directory, wanted)
  if (known) return { name: 'pgtest1', disks: known.map(({ mtimeMs: _, ...disk }) => disk) }
  await mkdir(directory, { recursive: true, mode: 0o755 })
  await removeStamp(directory)
  const build = { directory, onProgress: options.onProgress ?? (() => {}) }
  const disks = [
    await stamped(2000, 'Hard disk 1', await systemDisk(build, sizes.system, dataBytes)),
    await stamped(2001, 'Hard disk 2', await dataDisk(build, sizes.data)),
  ]
  await writeStamp(directory, wanted, disks)
  return { name: 'pgtest1', disks: disks.map(({ mtimeMs: _, ...disk }) => disk) }
}
