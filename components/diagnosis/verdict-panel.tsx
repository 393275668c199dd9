import type { ReactNode } from 'react'
import { CopyButton } from '#components/ui/copy.tsx'
import { cx } from '#components/ui/cx.ts'
import { Status } from '#components/ui/status.tsx'
import type { Verdict } from '#contracts/diagnosis.ts'
import { isBad, verdictWords } from './words.ts'

/**
 * The answer to "is it stuck?" in one sentence. Calm when all is well; with evidence, causes and the next command when
 * not. Announced to screen readers only when its kind changes, not with every figure.
 */
export function VerdictPanel({ verdict, children }: { verdict: Verdict; children?: ReactNode }) {
  const { label, tone } = verdictWords[verdict.kind]
  const loud = isBad(verdict)
  return (
    <div
      className={cx(
        'rounded-lg border p-4',
        !loud ? 'border-line bg-surface' : tone === 'bad' ? 'border-bad bg-bad-soft' : 'border-warn bg-warn-soft',
      )}
      data-testid="verdict"
      data-kind={verdict.kind}
      data-hop={verdict.hop ?? undefined}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span role="status">
          <Status tone={tone} label={label} />
        </span>
        <p className="min-w-0 break-words">{verdict.sentence}</p>
      </div>
      {verdict.evidence.length > 0 && <Points title="Measured" points={verdict.evidence} />}
      {verdict.causes.length > 0 && <Points title="Likely causes, the likeliest first" points={verdict.causes} />}
      {verdict.next && (
        <div className="mt-3 flex items-start justify-between gap-2 rounded-md bg-sunken p-2">
          <p className="min-w-0 break-words">
            <span className="font-medium">Next: </span>
            <code className="font-mono text-code">{verdict.next}</code>
          </p>
          <CopyButton text={verdict.next} label="Copy the command" />
        </div>
      )}
      {children}
    </div>
  )
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  return (
    <div className="mt-3">
      <p className="text-muted text-xs">{title}</p>
      <ul className="mt-1 list-disc ps-5">
        {points.map((point) => (
          <li key={point} className="break-words">
            {point}
          </li>
        ))}
      </ul>
    </div>
  )
}
