import { CANARY } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import { ProblemError } from '#contracts/problem.ts'
import { CANARY_BYTES } from '#lib/canary/pattern.ts'
import type { DiskAccess } from '../../nbdkit/access.ts'
import type { Inventory, Snapshot, Source } from '../source.ts'

const access: DiskAccess = { plugin: 'pattern', sizeBytes: CANARY_BYTES }

/** One disk of a known pattern, for checks: it goes the way of every disk, and is no machine's. Never listed. */
export class CanarySource implements Source {
  readonly name = CANARY.source
  readonly kind = 'canary'

  async inventory(): Promise<Inventory> {
    return { vms: [], problems: [] }
  }

  async begin({ keys }: { ref: string; keys: number[] }): Promise<Snapshot> {
    if (keys.every((key) => key === CANARY.key)) return { canary: true }
    throw new ProblemError({ code: 'source_missing', happened: `The canary has only disk ${CANARY.key}.` })
  }

  async extents() {
    return { sizeBytes: CANARY_BYTES, extents: [[0, CANARY_BYTES]] satisfies [[number, number]] }
  }

  async probe(): Promise<ProbedDisk[]> {
    return [{ key: CANARY.key, sizeBytes: CANARY_BYTES, dataBytes: CANARY_BYTES, problem: null }]
  }

  open(): DiskAccess {
    return access
  }

  async end(): Promise<{ changed: string | null }> {
    return { changed: null }
  }
}
