'use client'

import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useMay } from '#components/access/who.tsx'
import type { RuleName } from '#contracts/access.ts'
import { Button, type Look } from './button.tsx'
import type { DialogWindowProps, QuestionWindowProps } from './dialog-window.tsx'
import { useEver } from './ever.ts'
import { loadDialogs } from './later.ts'

const DialogWindow = lazy(async () => ({ default: (await loadDialogs()).DialogWindow }))
const QuestionWindow = lazy(async () => ({ default: (await loadDialogs()).QuestionWindow }))

/** A task in front of the page; Escape and a click beside it close it, and the focus goes back to where it was. */
export function Dialog({
  rule,
  ...props
}: DialogWindowProps & {
  /** Whose role may not does not see it, whatever the address says. */
  rule?: RuleName
}) {
  const may = useMay()
  const asked = useEver(props.open)
  if (!asked || !may(rule)) return null
  return (
    <Suspense>
      <DialogWindow {...props} />
    </Suspense>
  )
}

/** Asks once more before something is done that cannot be undone. The way back has the focus. */
export function Question(props: QuestionWindowProps) {
  const asked = useEver(props.open)
  if (!asked) return null
  return (
    <Suspense>
      <QuestionWindow {...props} />
    </Suspense>
  )
}

/** A button that asks once more before it acts. The way back has the focus. */
export function ConfirmButton({
  label,
  icon,
  look = 'danger',
  busy,
  disabled,
  rule,
  ...question
}: Omit<QuestionWindowProps, 'open' | 'onOpenChange'> & {
  label: string
  icon?: ReactNode
  look?: Look
  busy?: boolean
  disabled?: boolean
  rule?: RuleName
}) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button rule={rule} look={look} icon={icon} busy={busy} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Question {...question} open={open} onOpenChange={setOpen} />
    </>
  )
}
