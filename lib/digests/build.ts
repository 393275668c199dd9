import { hash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { MapSummary, SectorSizes } from '#contracts/proof.ts'
import { syncDirectory } from '../fs/atomic.ts'
import { DigestError, orUnreadable } from './error.ts'
import { DIGEST_BYTES, LEAF_BYTES, leafKind, leafLength } from './leaf.ts'
import { readDigestLog } from './log-read.ts'
import { encodeHeader, HOLE_PAGE, type MapHeader, mapLayout, PAGE_BYTES, PAGE_LEAVES, rootHash } from './map-format.ts'
import { PageCache, readFully, writeFully } from './page-cache.ts'
import { StoredLeaves } from './stored.ts'

/** Digests of pages that are written at once: 64 KiB. */
const TABLE_PIECE = 2048

export interface BuildOptions {
  logFile: string
  mapFile: string
  /** Exact size of the disk. */
  sizeBytes: number
  sectors: SectorSizes
  /**
   * Leaves that no record of the log covers: an error (default), or holes. Take `hole` only where somebody else answers for it: a record
   * that was lost would then stand as the source's word.
   */
  uncovered?: 'refuse' | 'hole'
  /** Bytes of the log that are read. */
  onBytes?: (read: number) => void
  signal?: AbortSignal
}

/**
 * Makes a disk's digest map from its log: a new file beside, synced, then renamed over `mapFile`. The same leaves give the same bytes.
 * Takes memory for 8 MiB of pages and one bit a leaf. Hashes without yielding for long: for a process of its own.
 * @throws DigestError `log_unreadable`, `log_damaged`, `log_incomplete`, `map_unreadable` (cannot be written), `bad_request`
 */
export async function buildMap(options: BuildOptions): Promise<MapSummary> {
  const { mapFile, sizeBytes, sectors } = options
  const header: MapHeader = { sizeBytes, sectors, ...mapLayout(sizeBytes) }
  // The same name each time: what a crash leaves is overwritten by the next try.
  const temporary = path.join(path.dirname(mapFile), `.${path.basename(mapFile)}.tmp`)
  const writing = <T>(work: () => Promise<T>) => orUnreadable('map_unreadable', `The digest map ${mapFile}`, work)
  return await writing(async () => {
    try {
      const summary = await write(temporary, header, options)
      await rename(temporary, mapFile)
      await syncDirectory(path.dirname(mapFile))
      return summary
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

async function write(file: string, header: MapHeader, options: BuildOptions): Promise<MapSummary> {
  await using handle = await open(file, 'w+', 0o644)
  await handle.truncate(header.fileBytes)
  const cache = new PageCache(handle, header)
  await putLeaves(cache, header, options)
  await cache.flush()
  const summary = await writeTable(handle, header, cache, options.signal)
  await handle.sync()
  return summary
}

async function putLeaves(cache: PageCache, { leaves }: MapHeader, options: BuildOptions): Promise<void> {
  const { logFile, signal, onBytes } = options
  const stored = new StoredLeaves(leaves)
  for await (const record of readDigestLog(logFile, { leaves, signal, onBytes })) {
    if (record.digests) await cache.put(record.firstLeaf, record.digests)
    else await cache.putHoles(record.firstLeaf, record.count)
    stored.add(record)
  }
  if (stored.count === leaves || options.uncovered === 'hole') return
  const [gap] = stored.missing()
  throw new DigestError(
    'log_incomplete',
    `The digest log says nothing of ${leaves - stored.count} of ${leaves} leaves, the first at byte ${(gap?.first ?? 0) * LEAF_BYTES}.`,
  )
}

async function writeTable(file: FileHandle, header: MapHeader, cache: PageCache, signal?: AbortSignal) {
  const head = encodeHeader(header.sizeBytes, header.sectors)
  const root = rootHash().update(head)
  const counts = { hashed: 0, zeros: 0, hashedBytes: 0, zeroBytes: 0 }
  const page = Buffer.alloc(PAGE_BYTES)
  for (let first = 0; first < header.pages; first += TABLE_PIECE) {
    signal?.throwIfAborted()
    const table = Buffer.alloc(Math.min(TABLE_PIECE, header.pages - first) * DIGEST_BYTES)
    for (let at = 0; at < table.length; at += DIGEST_BYTES) {
      const index = first + at / DIGEST_BYTES
      if (!cache.isTouched(index)) continue
      await readFully(file, page, header.pagesOffset + index * PAGE_BYTES)
      if (countPage(page, index, header, counts)) hash('sha256', page, 'buffer').copy(table, at)
      else HOLE_PAGE.copy(table, at)
    }
    root.update(table)
    await writeFully(file, table, header.tableOffset + first * DIGEST_BYTES)
  }
  await writeFully(file, head, 0)
  const holes = header.leaves - counts.hashed - counts.zeros
  const holeBytes = header.sizeBytes - counts.hashedBytes - counts.zeroBytes
  return { root: root.digest('hex'), leaves: header.leaves, ...counts, holes, holeBytes, mapBytes: header.fileBytes }
}

/** Adds the page's leaves to the counts; says whether it holds anything but holes. */
function countPage(
  page: Buffer,
  index: number,
  { leaves, sizeBytes }: MapHeader,
  counts: { hashed: number; zeros: number; hashedBytes: number; zeroBytes: number },
): boolean {
  let holds = false
  const first = index * PAGE_LEAVES
  for (let leaf = first; leaf < Math.min(leaves, first + PAGE_LEAVES); leaf++) {
    const kind = leafKind(page, (leaf - first) * DIGEST_BYTES)
    if (kind === 'hole') continue
    holds = true
    const bytes = leafLength(leaf, sizeBytes)
    if (kind === 'zero') {
      counts.zeros++
      counts.zeroBytes += bytes
    } else {
      counts.hashed++
      counts.hashedBytes += bytes
    }
  }
  return holds
}
