import { Time } from '#components/format/time.tsx'
import { Status } from '#components/ui/status.tsx'
import type { PointStanding, StandingCounts } from '#contracts/catalogue.ts'
import { type Standing, standingLabels } from '#contracts/standing.ts'
import { countedStandings, standingStatus, standingTones } from './words.ts'

/** How a restore point stands: icon and word, and the date where that is what nobody knows. */
export function PointStatus({ standing, lookedAt, pill }: Omit<PointStanding, 'reason'> & { pill?: boolean }) {
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5" data-standing={standing}>
      <Status {...standingStatus(standing, lookedAt)} pill={pill} />
      {standing === 'not-looked-at' && lookedAt !== null && <Time at={lookedAt} />}
    </span>
  )
}

/** The same where there is no room for a date. */
export function StandingStatus({ standing }: { standing: Standing }) {
  return <Status tone={standingTones[standing]} label={standingLabels[standing]} />
}

/** How many restore points stand how. */
export function StandingList({ counts }: { counts: StandingCounts }) {
  const list = countedStandings(counts)
  if (list.length === 0) return '0'
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-1">
      {list.map(({ standing, count }) => (
        <Status
          key={standing}
          tone={standingTones[standing]}
          label={`${count} ${standingLabels[standing].toLowerCase()}`}
        />
      ))}
    </span>
  )
}
