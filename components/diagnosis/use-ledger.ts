'use client'

import { useEffect, useState } from 'react'
import { useConnection } from '#components/live/provider.tsx'
import { agedLedger } from '#contracts/aged-ledger.ts'
import type { JobLedger } from '#contracts/diagnosis.ts'
import type { JobView } from '#contracts/views.ts'

type Figures = NonNullable<JobView['figures']>

/**
 * The job's ledger as it may be shown now. Whoever measures can be gone while this tab's stream is well: figures that stop
 * coming are called late here, without asking anybody. While the stream itself is down that is said elsewhere.
 */
export function useLedger(job: JobView | undefined): JobLedger | null {
  const live = useConnection().state === 'live'
  const figures = job?.figures ?? null
  const [late, setLate] = useState<{ of: Figures; seconds: number } | null>(null)
  useEffect(() => {
    // Those that were late when they were read have been called so by the hub.
    if (!live || figures === null || figures.ageSeconds >= figures.lateAfterSeconds) return
    let timer: ReturnType<typeof setTimeout>
    const lateFrom = (age: number, seconds: number) => {
      timer = setTimeout(
        () => {
          setLate({ of: figures, seconds })
          lateFrom(seconds, 2 * seconds)
        },
        (seconds - age) * 1000,
      )
    }
    lateFrom(figures.ageSeconds, figures.lateAfterSeconds)
    return () => clearTimeout(timer)
  }, [live, figures])
  const ledger = job?.ledger ?? null
  // What was called late stays late while the stream is down, too.
  if (ledger === null || figures === null || late?.of !== figures) return ledger
  return agedLedger(ledger, late.seconds, figures.lateAfterSeconds)
}
