import { ShieldQuestion } from 'lucide-react'
import { Time } from '#components/format/time.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { PointStanding } from '#contracts/catalogue.ts'
import type { Standing } from '#contracts/standing.ts'
import { standingStatus } from './words.ts'

const consequences: Record<Exclude<Standing, 'ok'>, string> = {
  damaged: 'It does not count as a backup. Its disks can still be served read-only, as they are.',
  missing: 'It does not count as a backup until its files are back, unaltered. They are looked for by themselves.',
  'not-looked-at': 'It does not count as a backup until its files answer again. It is looked at by itself.',
  unproved: 'Its content cannot be proved, so it does not count as a backup. The next backup makes a digest map.',
}

/** What is wrong with a restore point, why, and what that means. Nothing while it is ok. */
export function PointNotice({ point: { standing, reason, lookedAt } }: { point: PointStanding }) {
  if (standing === 'ok') return null
  const { tone, label } = standingStatus(standing, lookedAt)
  return (
    <div className="mb-4" data-testid="point-notice" data-standing={standing}>
      <Notice tone={tone} title={label.replace(/ since$/, '')}>
        <p className="[overflow-wrap:anywhere]">
          {reason !== null && <>{`${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}`.replace(/\.?$/, '.')} </>}
          {consequences[standing]}
        </p>
        <p className="mt-1 inline-flex items-center gap-1.5 text-muted">
          <ShieldQuestion className="size-4 shrink-0" aria-hidden="true" />
          {lookedAt === null ? (
            'It was never looked at.'
          ) : (
            <>
              Last looked at: <Time at={lookedAt} />
            </>
          )}
        </p>
      </Notice>
    </div>
  )
}
