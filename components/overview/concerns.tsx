import type { ReactNode } from 'react'
import { May } from '#components/access/who.tsx'
import { Time } from '#components/format/time.tsx'
import { standingTones } from '#components/points/words.ts'
import { buttonClass } from '#components/ui/button.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import { type Standing, standingLabels } from '#contracts/standing.ts'
import type { Concern, OverviewView } from '#contracts/views.ts'
import { Lines, More } from './lines.tsx'

/** Machines that need a person, the worst first, each with the one thing to do. */
export function Concerns({ concerns, recentDays }: { concerns: OverviewView['concerns']; recentDays: number }) {
  const { items, failed, old, never, unusable } = concerns
  if (items.length === 0) return null
  return (
    <Section title="Needs you">
      <Lines testId="concerns" items={items} itemKey={({ vmId }) => vmId}>
        {(concern) => <ConcernLine concern={concern} recentDays={recentDays} />}
      </Lines>
      <More count={failed + old + never + unusable - items.length} noun="virtual machines" href="/vms?sort=state" />
    </Section>
  )
}

const words: Record<Exclude<Concern['reason'], 'unusable'>, { tone: Tone; label: string }> = {
  failed: { tone: 'bad', label: 'Failed' },
  old: { tone: 'warn', label: 'Overdue' },
  never: { tone: 'warn', label: 'No backup' },
}

/** What does not count says how it stands. */
const wordsOf = ({ reason, standing }: Concern) =>
  reason === 'unusable' ? standingStatusOf(standing ?? 'not-looked-at') : words[reason]

const standingStatusOf = (standing: Standing) => ({ tone: standingTones[standing], label: standingLabels[standing] })

function ConcernLine({ concern, recentDays }: { concern: Concern; recentDays: number }) {
  const { vmId, vmName, reason, backupId, missing } = concern
  return (
    <div
      className="grid items-center gap-x-4 gap-y-1.5 px-4 py-2.5 max-sm:justify-items-start sm:grid-cols-[6.5rem_minmax(0,1fr)_auto]"
      data-reason={reason}
    >
      <Status {...wordsOf(concern)} />
      <div className="min-w-0">
        <Link href={`/vms/${vmId}`} title={vmName} className="line-clamp-2 font-medium [overflow-wrap:anywhere]">
          {vmName}
        </Link>
        <p className="break-words text-muted">
          {explain(concern, recentDays)}
          {missing && ' Its source does not list it now.'}
        </p>
      </div>
      {backupId === null && missing ? (
        <Link data-plain href={`/vms/${vmId}`} className={buttonClass()} aria-label={`See ${vmName}`}>
          See it
        </Link>
      ) : backupId === null ? (
        <May rule="backup">
          <Link
            data-plain
            href={`/vms/${vmId}?backup=1`}
            className={buttonClass()}
            aria-label={`Back up now: ${vmName}`}
          >
            Back up now
          </Link>
        </May>
      ) : (
        <Link
          data-plain
          href={`/backups/${encodeURIComponent(backupId)}`}
          className={buttonClass()}
          aria-label={
            reason === 'unusable'
              ? `See why the restore point of ${vmName} does not count`
              : `See why the backup of ${vmName} failed`
          }
        >
          See why
        </Link>
      )}
    </div>
  )
}

function explain({ reason, failedAt, happened, lastBackupAt, why }: Concern, recentDays: number): ReactNode {
  const kept =
    lastBackupAt === null ? (
      'It has no restore point that counts.'
    ) : (
      <>
        Newest restore point that counts: <Time at={lastBackupAt} />.
      </>
    )
  if (reason === 'unusable')
    return (
      <>
        Its newest restore point does not count{why === null ? '' : `: ${why.replace(/\.$/, '')}`}. {kept}
      </>
    )
  if (reason === 'never') return kept
  if (reason === 'old')
    return (
      <>
        {kept} That is more than {recentDays} days ago.
      </>
    )
  return (
    <>
      {failedAt !== null && (
        <>
          <Time at={failedAt} />:{' '}
        </>
      )}
      {happened} {kept}
    </>
  )
}
