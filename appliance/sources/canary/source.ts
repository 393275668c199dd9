import { CANARY } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import type { DiskVerdict } from '#contracts/source-state.ts'
import { CANARY_BYTES } from '#lib/canary/pattern.ts'
import type { Measured } from '../../nbdkit/measure.ts'
import type { BegunDisk, Inventory, Snapshot, Source } from '../source.ts'

const evidence = ['A known pattern, which nobody can write.']

/** One disk of a known pattern, for checks: it goes the way of every disk, and is no machine's. Never listed. */
export class CanarySource implements Source {
  readonly name = CANARY.source
  readonly kind = 'canary'

  async inventory(): Promise<Inventory> {
    return { vms: [], problems: [] }
  }

  async begin(): Promise<Snapshot> {
    return { canary: true }
  }

  disks(): BegunDisk[] {
    return [
      {
        ...{ key: CANARY.key, label: 'Canary', stateFixedBy: 'snapshot', evidence, secondRead: false, format: 'raw' },
        ...{
          notes: [],
          sectors: { logical: 512, physical: null },
          access: { plugin: 'pattern', sizeBytes: CANARY_BYTES },
        },
      },
    ]
  }

  async measure(): Promise<Measured> {
    return { sizeBytes: CANARY_BYTES, dataBytes: CANARY_BYTES }
  }

  async probe(): Promise<ProbedDisk[]> {
    const size = { sizeBytes: CANARY_BYTES, dataBytes: CANARY_BYTES }
    return [{ key: CANARY.key, ...size, stateFixedBy: 'snapshot', problem: null }]
  }

  async end(): Promise<DiskVerdict[]> {
    return [{ key: CANARY.key, state: 'fixed', fixedBy: 'snapshot', evidence }]
  }
}
