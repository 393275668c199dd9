'use client'

import { useMay } from '#components/access/who.tsx'
import { buttonClass } from '#components/ui/button.tsx'
import { cx } from '#components/ui/cx.ts'
import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status } from '#components/ui/status.tsx'
import type { Step } from './first-steps.ts'

/** The way from a new hub to its first backup. Gone when it is walked. */
export function Checklist({ steps }: { steps: readonly Step[] }) {
  const may = useMay()
  const next = steps.find(({ done }) => !done)
  if (!next) return null
  const done = steps.filter((step) => step.done).length
  return (
    <Section title="First steps" lead={`${done} of ${steps.length} done.`}>
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface" data-testid="checklist">
        {steps.map((step) => (
          <li
            key={step.title}
            className="grid min-h-11 grid-cols-[4.5rem_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2 px-4 py-2.5 sm:grid-cols-[4.5rem_minmax(0,1fr)_auto]"
            aria-current={step === next ? 'step' : undefined}
          >
            <Status tone={step.done ? 'ok' : 'unknown'} label={step.done ? 'Done' : 'To do'} />
            <p>
              <span className="font-medium">{step.title}</span>
              <span className="ms-2 text-muted">{step.hint}</span>
            </p>
            {step === next && may(step.rule) && (
              <Link
                data-plain
                href={step.href}
                className={cx(buttonClass('primary'), 'max-sm:col-start-2 max-sm:justify-self-start sm:-my-1')}
              >
                {step.action}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}
