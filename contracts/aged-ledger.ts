import type { DiskLedger, HopView, JobLedger, Verdict } from './diagnosis.ts'

/** What was seen of a hop before its figures stopped coming: its bytes, and no motion. */
const lastSeen = ({ hop, bytes }: HopView): HopView => ({
  ...{ hop, bytes, motion: 'unknown', bytesPerSecond: null, stillSeconds: null, busy: null },
  ...{ waiting: null, process: null },
})

const agedDisk = ({ key, hops }: DiskLedger, verdict: Verdict): DiskLedger => ({
  ...{ key, hops: hops.map(lastSeen), limiting: null, verdict: { ...verdict, key } },
})

/** True when nothing of the bytes is measured: figures beside this ledger are of an earlier moment, or of none. */
export const isBlind = ({ verdict, disks }: JobLedger): boolean =>
  verdict.kind === 'cannot-tell' && disks.every(({ hops }) => hops.every(({ motion }) => motion === 'unknown'))

/**
 * A ledger that is shown past its time says so, and claims no motion any more. One that is fresh is answered as it is.
 * @param ageSeconds  of its figures, which come once a second while a job copies
 */
export function agedLedger(ledger: JobLedger, ageSeconds: number, lateAfterSeconds: number): JobLedger {
  if (ageSeconds < lateAfterSeconds) return ledger
  const seconds = Math.floor(ageSeconds)
  const verdict: Verdict = {
    ...{ kind: 'cannot-tell', key: null, hop: null, remedies: [], secondsLeft: null },
    sentence: `No figures have come for more than ${seconds} s: how the copy stands now is not known.`,
    evidence: [
      `figures come once a second, the last ones are older than ${seconds} s`,
      `before that: ${ledger.verdict.sentence}`,
    ],
    causes: [
      'The database is slow or locked: it does not take the figures.',
      'The engine does not run, or is starved of CPU.',
    ],
    next: 'In the hub’s home: tail -n 50 log/engine.log log/postgres.log',
  }
  return { disks: ledger.disks.map((disk) => agedDisk(disk, verdict)), verdict }
}
