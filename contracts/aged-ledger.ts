import type { JobLedger } from './diagnosis.ts'

/**
 * A ledger that is shown past its time says so: what it says of the bytes was true then. One that is fresh is answered as it is.
 * @param ageSeconds  of its figures, which come once a second while a job copies
 */
export function agedLedger(ledger: JobLedger, ageSeconds: number, lateAfterSeconds: number): JobLedger {
  if (ageSeconds < lateAfterSeconds) return ledger
  const seconds = Math.floor(ageSeconds)
  return {
    ...ledger,
    verdict: {
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
    },
  }
}
