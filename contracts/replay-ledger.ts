import type { DiskLedger, HopView, JobLedger, Verdict } from './diagnosis.ts'
import { hops } from './hops.ts'
import type { HopRecord, LedgerRecord } from './replay.ts'

const nothingMore = { causes: [], next: null, remedies: [], secondsLeft: null }

function diskLedger({ key, limiting, hops: records, verdict }: LedgerRecord['disks'][number]): DiskLedger {
  const told: Verdict = { kind: 'healthy', hop: null, sentence: '', ...verdict, key, evidence: [], ...nothingMore }
  const views = hops.map((hop, index): HopView => {
    const [motion, bytes, bytesPerSecond, stillSeconds, busy, waiting, process] = records[index] ?? noRecord
    const share = busy === null ? null : busy / 100
    return { hop, motion, bytes, bytesPerSecond, stillSeconds, busy: share, waiting, process }
  })
  return { key, limiting, hops: views, verdict: told }
}

const noRecord: HopRecord = ['unknown', null, null, null, null, null, null]

/** The ledger that was kept. Causes and commands are advice of their time, and not kept. */
export function ledgerOf({ disks, verdict }: LedgerRecord): JobLedger {
  return { disks: disks.map(diskLedger), verdict: { evidence: [], ...verdict, ...nothingMore } }
}
