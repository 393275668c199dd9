'use client'

import { Bytes } from '#components/format/byte-count.tsx'
import { Elapsed, Time } from '#components/format/time.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Card, Code } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status } from '#components/ui/status.tsx'
import type { Orphan } from '#contracts/housekeeping.ts'
import { kindWords, standing } from './words.ts'

interface OrphanListProps {
  orphans: readonly Orphan[]
  /** What is being cleaned now. */
  cleaning: 'all' | readonly string[] | null
  onClean: (id: string) => void
}

/** Each left-over thing with why it is thought to be one, and what cleaning does. */
export function OrphanList({ orphans, cleaning, onClean }: OrphanListProps) {
  return (
    <ul className="grid gap-2" data-testid="orphans">
      {orphans.map((orphan) => (
        <li key={orphan.id} data-kind={orphan.kind}>
          <OrphanCard
            orphan={orphan}
            busy={cleaning !== null && cleaning !== 'all' && cleaning.includes(orphan.id)}
            off={cleaning !== null}
            onClean={() => onClean(orphan.id)}
          />
        </li>
      ))}
    </ul>
  )
}

function OrphanCard(props: { orphan: Orphan; busy: boolean; off: boolean; onClean: () => void }) {
  const { orphan, busy, off, onClean } = props
  const { tone, label } = standing(orphan)
  return (
    <Card className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="font-semibold">{kindWords[orphan.kind]}</h3>
          <Status tone={tone} label={label} />
        </div>
        <p className="mt-0.5">
          <Code>{orphan.identity}</Code>
        </p>
        <p className="mt-1.5">{orphan.why}</p>
        <p className="mt-0.5 text-muted">{orphan.waitsFor ?? orphan.cleaning}</p>
        {orphan.keptUntil !== null && (
          <p className="mt-0.5 text-muted">
            Kept until <Time at={orphan.keptUntil} />, then removed.
          </p>
        )}
        {orphan.reason !== null && (
          <p className="mt-1.5 break-words text-bad">
            Last try
            {orphan.triedAt && (
              <>
                {' '}
                (<Time at={orphan.triedAt} />)
              </>
            )}
            : {orphan.reason}
            {orphan.nextTryAt && (
              <span className="text-muted">
                {' '}
                Next try: <Time at={orphan.nextTryAt} />.
              </span>
            )}
          </p>
        )}
      </div>
      <dl className="grid shrink-0 grid-cols-[max-content_auto] gap-x-4 gap-y-1 max-sm:basis-full sm:w-72">
        <dt className="text-muted">Age</dt>
        <dd>{orphan.since === null ? '–' : <Elapsed from={orphan.since} to={null} />}</dd>
        <dt className="text-muted">Size</dt>
        <dd>
          <Bytes value={orphan.sizeBytes} />
        </dd>
        <dt className="text-muted">Backup</dt>
        <dd className="min-w-0 break-all">
          {orphan.jobId === null ? (
            '–'
          ) : (
            <Link href={`/backups/${orphan.jobId}`}>{orphan.backupId ?? orphan.jobId}</Link>
          )}
        </dd>
      </dl>
      <ConfirmButton
        rule="manage"
        label={busy ? 'Cleaning…' : orphan.keptUntil === null ? 'Clean' : 'Delete now'}
        question={`${orphan.keptUntil === null ? 'Clean this?' : 'Delete this now?'} ${kindWords[orphan.kind]}`}
        consequence={
          <>
            <span className="block break-all font-mono text-code">{orphan.identity}</span>
            <span className="mt-2 block">{orphan.cleaning} Nothing else is touched.</span>
          </>
        }
        yes={orphan.keptUntil === null ? 'Clean it' : 'Delete it'}
        no="Not now"
        busy={busy}
        disabled={off || orphan.waitsFor !== null}
        onConfirm={onClean}
      />
    </Card>
  )
}
