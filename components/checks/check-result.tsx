'use client'

import { ChevronRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Ago } from '#components/format/ago.tsx'
import { Status } from '#components/ui/status.tsx'
import type { VmCheck } from '#contracts/check.ts'
import { CheckItems } from './check-items.tsx'
import { checkWords, isRunning } from './words.ts'

/** How a check stands, and all of its answers: in view while it runs or when something failed, else one click away. */
export function CheckResult({ check, now }: { check: VmCheck; now: number }) {
  const running = isRunning(check, now)
  const { tone, label, sentence } = checkWords(check, now)
  const open = running || check.state === 'failed'
  // What somebody watched does not close under their eyes.
  const [opened, setOpened] = useState(open)
  useEffect(() => {
    if (open) setOpened(true)
  }, [open])
  return (
    <div data-testid="check" data-state={check.state}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Status tone={tone} label={label} />
        <p className="min-w-0 flex-1 basis-64">{sentence}</p>
        <p className="text-muted text-xs">
          {check.reason === 'tunnel' && 'By itself, for its tunnel was new, '}
          <Ago at={check.finishedAt ?? check.startedAt} now={now} />
        </p>
      </div>
      {/* Read out when it ends, and not for each answer. */}
      <p role="status" className="sr-only">
        {running ? 'Checking' : `${label}. ${sentence}`}
      </p>
      <details open={opened} onToggle={(event) => setOpened(event.currentTarget.open)} className="group mt-2">
        <summary className="flex w-fit items-center gap-1 rounded font-medium">
          <ChevronRight className="size-4 motion-safe:transition-transform group-open:rotate-90" aria-hidden="true" />
          Each check
        </summary>
        <div className="mt-2">
          <CheckItems check={check} running={running} />
        </div>
      </details>
    </div>
  )
}
