import { hash } from 'node:crypto'
import type { Comparison } from '#contracts/proof.ts'
import { type ClusterBatch, Qcow2Image } from '../qcow2/image.ts'
import { ClusterReader } from '../qcow2/read.ts'
import { DigestError, orUnreadable } from './error.ts'
import { DIGEST_BYTES, isZero, LEAF_BYTES, leafCount, leafKind, leafLength } from './leaf.ts'
import { PAGE_BYTES, PAGE_LEAVES } from './map-format.ts'
import { MapReader, TABLE_PIECE } from './reader.ts'

const ZERO_PAGE = Buffer.alloc(PAGE_BYTES)
const SECTOR_BYTES = 512
const PROGRESS_MS = 500

export interface CompareOptions {
  image: string
  map: string
  /** The root that the map must have, from manifest or catalogue. Without it the map is held against itself only. */
  expectedRoot?: string
  /** The exact size that the map's disk must have. */
  sizeBytes?: number
  /** Guest bytes that are settled, at most twice a second. */
  onProgress?: (bytes: number, totalBytes: number) => void
  signal?: AbortSignal
}

type Counts = Pick<
  Comparison,
  | 'comparedLeaves'
  | 'comparedBytes'
  | 'zeroLeaves'
  | 'zeroBytes'
  | 'holeLeaves'
  | 'holeBytes'
  | 'readBytes'
  | 'differing'
> & { firstOffset: number | null; lastOffset: number | null }

/**
 * Holds every leaf of a digest map against a QCOW2 image, in the order of the image's file and past the page cache. A leaf with a digest
 * must have that digest in the image; one that is zero or a hole in the map must read as zero. Memory does not grow with the disk, but for
 * one bit for each 64 KiB that is in use.
 * @throws DigestError when map or image cannot be read or is not the one; Qcow2Error when the image cannot be understood; the signal's reason
 */
export async function compareImage(options: CompareOptions): Promise<Comparison> {
  const began = performance.now()
  await using map = await MapReader.open(options.map)
  const root = await verifiedRoot(map, options)
  return await orUnreadable('image_unreadable', `The image ${options.image}`, async () => {
    await using image = await Qcow2Image.open(options.image)
    const { sizeBytes, leaves } = map.header
    const longest = Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES
    if (image.header.sizeBytes !== longest)
      throw new DigestError(
        'image_size',
        `The image has ${image.header.sizeBytes} bytes; the digest map is of a disk of ${sizeBytes} bytes.`,
      )
    const counts = await compare(map, image, options)
    if (await image.file.changed())
      throw new DigestError('image_changed', `The image ${options.image} was written to while it was compared.`)
    const direct = image.file.direct
    const ms = Math.round(performance.now() - began)
    return { equal: counts.differing === 0, leaves, ...counts, direct, root, ms }
  })
}

async function verifiedRoot(map: MapReader, { expectedRoot, sizeBytes, signal }: CompareOptions): Promise<string> {
  const root = await map.verifyRoot(signal)
  if (expectedRoot !== undefined && root !== expectedRoot)
    throw new DigestError('map_root', `The digest map has the root ${root}; its restore point names ${expectedRoot}.`)
  if (sizeBytes !== undefined && sizeBytes !== map.header.sizeBytes)
    throw new DigestError('map_root', `The digest map is of a disk of ${map.header.sizeBytes} bytes, not ${sizeBytes}.`)
  return root
}

async function compare(map: MapReader, image: Qcow2Image, options: CompareOptions): Promise<Counts> {
  const { sizeBytes } = map.header
  const counts: Counts = {
    ...{ comparedLeaves: 0, comparedBytes: 0, zeroLeaves: 0, zeroBytes: 0, holeLeaves: 0, holeBytes: 0 },
    ...{ readBytes: 0, differing: 0, firstOffset: null, lastOffset: null },
  }
  const check = new LeafCheck(sizeBytes, image.header.sizeBytes, counts)
  const reader = new ClusterReader(image.file)
  let settled = 0
  let told = 0
  const tell = (bytes: number) => {
    settled += bytes
    if (performance.now() - told < PROGRESS_MS) return
    told = performance.now()
    options.onProgress?.(Math.min(settled, sizeBytes), sizeBytes)
  }
  for await (const batch of image.batches(options.signal)) {
    const digests = await map.readPages(batch.first / BATCH_LEAVES)
    check.unread(batch, digests)
    tell((batch.count - batch.stored) * LEAF_BYTES)
    const onCluster = (place: number, bytes: Buffer) => {
      check.read(batch.first + place, bytes, digests, place * DIGEST_BYTES)
      tell(LEAF_BYTES)
    }
    await reader.read(batch, onCluster, options.signal)
  }
  const seen = counts.comparedLeaves + counts.zeroLeaves + counts.holeLeaves
  if (seen !== leafCount(sizeBytes)) throw new Error(`${seen} of ${leafCount(sizeBytes)} leaves were compared`)
  options.onProgress?.(sizeBytes, sizeBytes)
  return counts
}

/** A batch of the image is a piece of the map. */
const BATCH_LEAVES = TABLE_PIECE * PAGE_LEAVES

class LeafCheck {
  readonly #sizeBytes: number
  readonly #imageBytes: number
  readonly #counts: Counts

  constructor(sizeBytes: number, imageBytes: number, counts: Counts) {
    this.#sizeBytes = sizeBytes
    this.#imageBytes = imageBytes
    this.#counts = counts
  }

  #differs(leaf: number): void {
    const offset = leaf * LEAF_BYTES
    const { firstOffset, lastOffset } = this.#counts
    this.#counts.differing++
    this.#counts.firstOffset = Math.min(firstOffset ?? offset, offset)
    this.#counts.lastOffset = Math.max(lastOffset ?? offset, offset)
  }

  /** Counts all leaves of a batch, and compares those that read as zero without being read. */
  unread(batch: ClusterBatch, digests: Buffer): void {
    for (let at = 0; at < batch.count; at += PAGE_LEAVES) {
      const leaves = Math.min(PAGE_LEAVES, batch.count - at)
      if (digests.subarray(at * DIGEST_BYTES, at * DIGEST_BYTES + PAGE_BYTES).equals(ZERO_PAGE)) {
        this.#counts.holeLeaves += leaves
        this.#counts.holeBytes += Math.min(leaves * LEAF_BYTES, this.#sizeBytes - (batch.first + at) * LEAF_BYTES)
      } else for (let place = at; place < at + leaves; place++) this.#unreadLeaf(batch, place, digests)
    }
  }

  #unreadLeaf(batch: ClusterBatch, place: number, digests: Buffer): void {
    const leaf = batch.first + place
    const bytes = leafLength(leaf, this.#sizeBytes)
    const kind = leafKind(digests, place * DIGEST_BYTES)
    if (kind === 'hole') {
      this.#counts.holeLeaves++
      this.#counts.holeBytes += bytes
    } else if (kind === 'zero') {
      this.#counts.zeroLeaves++
      this.#counts.zeroBytes += bytes
    } else {
      this.#counts.comparedLeaves++
      this.#counts.comparedBytes += bytes
      // Sendense writes no digest of zeros: a leaf with one is stored, or it differs.
      if (batch.hosts[place] === 0) this.#differs(leaf)
    }
  }

  /** Compares a leaf whose cluster was read. */
  read(leaf: number, cluster: Buffer, digests: Buffer, at: number): void {
    const length = leafLength(leaf, this.#sizeBytes)
    const inImage = leafLength(leaf, this.#imageBytes)
    const bytes = cluster.subarray(0, length)
    this.#counts.readBytes += LEAF_BYTES
    const fits =
      leafKind(digests, at) === 'hashed'
        ? hash('sha256', bytes, 'buffer').equals(digests.subarray(at, at + DIGEST_BYTES))
        : isZero(bytes)
    // The image goes on to the end of a sector, with zeros.
    if (!fits || (inImage > length && !isZero(cluster.subarray(length, inImage)))) this.#differs(leaf)
  }
}
