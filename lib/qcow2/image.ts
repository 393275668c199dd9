import { SparseBits } from '../bits/sparse.ts'
import { DirectFile } from '../fs/direct.ts'
import { l1Entry, l2Entry } from './entry.ts'
import { damaged, unsupported } from './error.ts'
import { CLUSTER_BYTES, L2_ENTRIES, parseQcow2Header, type Qcow2Header } from './header.ts'

/** 32 GiB of disk, 4 MiB of L2. */
export const BATCH_TABLES = 64
export const BATCH_CLUSTERS = BATCH_TABLES * L2_ENTRIES
/** Reads of tables at once. */
const TABLES_AT_ONCE = 8
/** 1 PiB. */
const MAX_FILE_BYTES = 2 ** 50

/** 32 GiB of a disk, the last one fewer. */
export interface ClusterBatch {
  /** Number of the first cluster, counted in the guest's disk. */
  first: number
  /** Clusters of the disk. */
  count: number
  /** How many of them lie in the file; the others read as zero. */
  stored: number
  /** Offset in the file of each cluster, 0: it reads as zero. Used again for the next batch. */
  hosts: Float64Array
}

/**
 * A QCOW2 image as Sendense writes it: version 3, clusters of 64 KiB, nothing that needs another file, a key or a codec. Reads headers
 * and tables itself, past the page cache; hostile input. The file must not be open for writing.
 */
export class Qcow2Image implements AsyncDisposable {
  readonly file: DirectFile
  readonly header: Qcow2Header
  /** Clusters of the file that have a use: a second one is damage. One bit for 64 KiB of file that is in use. */
  readonly #used = new SparseBits()
  readonly #l1: Buffer
  readonly #l2: Buffer[]
  #l1Chunk = -1

  private constructor(file: DirectFile, header: Qcow2Header, l1: Buffer, l2: Buffer[]) {
    this.file = file
    this.header = header
    this.#l1 = l1
    this.#l2 = l2
  }

  /** @throws Qcow2Error; Error of the system */
  static async open(path: string): Promise<Qcow2Image> {
    const file = await DirectFile.open(path)
    try {
      if (file.size > MAX_FILE_BYTES) throw unsupported('size', `its file has ${file.size} bytes`)
      const [l1, ...l2] = file.buffers(1 + TABLES_AT_ONCE, CLUSTER_BYTES)
      if (!l1) throw new Error('no buffer')
      await file.read(l1, 0)
      return new Qcow2Image(file, parseQcow2Header(l1, file.size), l1, l2)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /**
   * All clusters of the disk, in the guest's order. Once only: what has a use is remembered.
   * @throws Qcow2Error; Error of the system
   */
  async *batches(signal?: AbortSignal): AsyncGenerator<ClusterBatch> {
    const { sizeBytes, l1Entries, l1Needed, l1Offset, refcountTable } = this.header
    this.#use(0, 1)
    this.#use(l1Offset, Math.ceil((l1Entries * 8) / CLUSTER_BYTES))
    this.#use(refcountTable.offset, refcountTable.clusters)
    const clusters = Math.ceil(sizeBytes / CLUSTER_BYTES)
    const hosts = new Float64Array(Math.min(BATCH_CLUSTERS, l1Needed * L2_ENTRIES))
    for (let table = 0; table < l1Needed; table += BATCH_TABLES) {
      signal?.throwIfAborted()
      const first = table * L2_ENTRIES
      const batch = { first, count: Math.min(BATCH_CLUSTERS, clusters - first), stored: 0, hosts }
      hosts.fill(0)
      await this.#readTables(table, Math.min(l1Needed, table + BATCH_TABLES), batch)
      yield batch
    }
    for (let table = l1Needed; table < l1Entries; table++)
      if ((await this.#l2Offset(table)) !== 0)
        throw damaged('l1_entry', 'its L1 table has entries behind the end of the disk')
  }

  #use(offset: number, clusters: number): void {
    if (this.#used.add(offset / CLUSTER_BYTES, clusters) !== clusters)
      throw damaged('shared_cluster', `its cluster at ${offset} has two uses`)
  }

  async #l2Offset(table: number): Promise<number> {
    const chunk = Math.floor(table / L2_ENTRIES)
    if (chunk !== this.#l1Chunk) {
      await this.file.read(this.#l1, this.header.l1Offset + chunk * CLUSTER_BYTES)
      this.#l1Chunk = chunk
    }
    const at = (table % L2_ENTRIES) * 8
    const guestOffset = table * L2_ENTRIES * CLUSTER_BYTES
    return l1Entry(this.#l1.readUInt32BE(at), this.#l1.readUInt32BE(at + 4), guestOffset, this.file.size)
  }

  async #readTables(from: number, to: number, batch: ClusterBatch): Promise<void> {
    let waiting: { table: number; offset: number }[] = []
    const readAll = async () => {
      const reads = waiting.map(async ({ table, offset }, i) => {
        const bytes = this.#l2[i]
        if (!bytes) throw new Error('no buffer')
        await this.file.read(bytes, offset)
        return { table, bytes }
      })
      waiting = []
      // None may still fill a buffer that is used again.
      for (const read of await Promise.allSettled(reads)) {
        if (read.status === 'rejected') throw read.reason
        this.#parseTable(read.value.table, read.value.bytes, batch)
      }
    }
    for (let table = from; table < to; table++) {
      const offset = await this.#l2Offset(table)
      if (offset === 0) continue
      this.#use(offset, 1)
      waiting.push({ table, offset })
      if (waiting.length === TABLES_AT_ONCE) await readAll()
    }
    await readAll()
  }

  #parseTable(table: number, bytes: Buffer, batch: ClusterBatch): void {
    const start = table * L2_ENTRIES - batch.first
    for (let entry = 0; entry < L2_ENTRIES; entry++) {
      const high = bytes.readUInt32BE(entry * 8)
      const low = bytes.readUInt32BE(entry * 8 + 4)
      if (high === 0 && low === 0) continue
      const at = start + entry
      const guestOffset = (batch.first + at) * CLUSTER_BYTES
      if (at >= batch.count) throw damaged('l2_entry', `it has a cluster at ${guestOffset}, behind the end of the disk`)
      const offset = l2Entry(high, low, guestOffset, this.file.size)
      if (offset === 0) continue
      if (this.#used.add(offset / CLUSTER_BYTES) === 0)
        throw damaged(
          'shared_cluster',
          `the disk's offset ${guestOffset} lies in a cluster of the file, ${offset}, that has another use`,
        )
      batch.hosts[at] = offset
      batch.stored++
    }
  }

  close(): Promise<void> {
    return this.file.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
