import type { DirectFile } from '../fs/direct.ts'
import { CLUSTER_BYTES } from './header.ts'
import { BATCH_CLUSTERS, type ClusterBatch } from './image.ts'

/** 1 MiB: neighbours in the file are read together. */
const READ_CLUSTERS = 16
const READS_AT_ONCE = 6

interface Run {
  offset: number
  /** Where each cluster of the run stands in the batch. */
  places: number[]
}

/** The stored clusters of a batch in the order of the file, neighbours together. */
export function* fileRuns({ hosts, count, stored }: ClusterBatch): Generator<Run> {
  // Cluster of the file (< 2^34) and place in the batch (< 2^19) in one number, so that sorting needs no comparison of ours.
  const keys = new Float64Array(stored)
  let next = 0
  for (let place = 0; place < count; place++) {
    const host = hosts[place] ?? 0
    if (host !== 0) keys[next++] = (host / CLUSTER_BYTES) * BATCH_CLUSTERS + place
  }
  keys.sort()
  let run: Run | null = null
  for (const key of keys) {
    const place = key % BATCH_CLUSTERS
    const offset = ((key - place) / BATCH_CLUSTERS) * CLUSTER_BYTES
    if (run && run.places.length < READ_CLUSTERS && offset === run.offset + run.places.length * CLUSTER_BYTES) {
      run.places.push(place)
      continue
    }
    if (run) yield run
    run = { offset, places: [place] }
  }
  if (run) yield run
}

/** Reads the stored clusters of batches: some reads are under way while the caller looks at what came. */
export class ClusterReader {
  readonly #file: DirectFile
  readonly #buffers: Buffer[]

  constructor(file: DirectFile) {
    this.#file = file
    this.#buffers = file.buffers(READS_AT_ONCE, READ_CLUSTERS * CLUSTER_BYTES)
  }

  /**
   * Each stored cluster once, in the order of the file.
   * @param onCluster  gets its place in the batch and its 64 KiB, valid during the call
   * @throws Error of the system, once no read is under way; what `onCluster` throws
   */
  async read(
    batch: ClusterBatch,
    onCluster: (place: number, bytes: Buffer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const free = [...this.#buffers]
    const underWay: { run: Run; buffer: Buffer; done: Promise<number> }[] = []
    const take = async () => {
      const first = underWay.shift()
      if (!first) return
      await first.done
      for (const [i, place] of first.run.places.entries())
        onCluster(place, first.buffer.subarray(i * CLUSTER_BYTES, (i + 1) * CLUSTER_BYTES))
      free.push(first.buffer)
    }
    try {
      for (const run of fileRuns(batch)) {
        signal?.throwIfAborted()
        if (free.length === 0) await take()
        const buffer = free.pop()
        if (!buffer) throw new Error('no buffer')
        const done = this.#file.read(buffer.subarray(0, run.places.length * CLUSTER_BYTES), run.offset)
        // It is waited for later; until then its failure is nobody's.
        done.catch(() => undefined)
        underWay.push({ run, buffer, done })
      }
      while (underWay.length > 0) await take()
    } finally {
      await Promise.allSettled(underWay.map(({ done }) => done))
    }
  }
}
