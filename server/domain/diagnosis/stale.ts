import type { JobLedger } from '#contracts/diagnosis.ts'

/** A ledger that is shown past its time says so: what it says of the bytes was true then. One that is fresh is answered as it is. */
export function agedLedger(ledger: JobLedger, ageSeconds: number, hardSeconds: number): JobLedger {
  if (ageSeconds < hardSeconds) return ledger
  const seconds = Math.round(ageSeconds)
  return {
    ...ledger,
    verdict: {
      ...{ kind: 'cannot-tell', key: null, hop: null, remedies: [], secondsLeft: null },
      sentence: `The last figures are ${seconds} s old: how the copy stands now is not known.`,
      evidence: [`figures come once a second, the last ones came ${seconds} s ago`, ledger.verdict.sentence],
      causes: [
        'The database is slow or locked: it does not take the figures.',
        'The engine does not run, or is starved of CPU.',
      ],
      next: 'On the hub: curl -s localhost:3000/api/health; then see whether PostgreSQL answers, and the engine’s log.',
    },
  }
}
