'use client'

import * as AlertDialog from '@radix-ui/react-alert-dialog'
import * as Radix from '@radix-ui/react-dialog'
import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useMay } from '#components/access/who.tsx'
import type { RuleName } from '#contracts/access.ts'
import { Button, IconButton, type Look } from './button.tsx'
import { cx } from './cx.ts'
import { useFocusBack } from './focus-back.ts'

const veil = 'fixed inset-0 z-40 bg-[rgb(8_10_14/0.45)]'
const box =
  'appear fixed z-50 flex max-h-[calc(100dvh-2rem)] flex-col overflow-auto border border-line bg-raised p-5 shadow-raised focus:outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-xl sm:top-[12vh] sm:max-h-[calc(88dvh-1rem)] sm:left-1/2 sm:w-[min(34rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:rounded-xl'

/** A task in front of the page; Escape and a click beside it close it, and the focus goes back to where it was. */
export function Dialog(props: {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  description?: ReactNode
  children: ReactNode
  wide?: boolean
  /** Whose role may not does not see it, whatever the address says. */
  rule?: RuleName
}) {
  const may = useMay()
  const focusBack = useFocusBack()
  if (!may(props.rule)) return null
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={veil} />
        <Radix.Content
          {...focusBack}
          className={cx(box, props.wide && 'sm:w-[min(48rem,calc(100vw-2rem))]')}
          {...(props.description ? {} : { 'aria-describedby': undefined })}
        >
          <header className="mb-4 flex items-start justify-between gap-4">
            <div className="min-w-0">
              <Radix.Title className="break-words font-semibold text-base">{props.title}</Radix.Title>
              {props.description && (
                <Radix.Description className="mt-1 text-muted">{props.description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" icon={<X aria-hidden="true" />} />
            </Radix.Close>
          </header>
          {props.children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The buttons at the end of a dialog: what goes on to the right, under the thumb on a phone. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <footer className="mt-5 flex flex-wrap justify-end gap-2 max-sm:[&>button]:flex-1">{children}</footer>
}

/** A button that asks once more before it acts. The way back has the focus. */
export function ConfirmButton(props: {
  label: string
  question: string
  /** What will happen, and what stays. */
  consequence?: ReactNode
  yes: string
  no: string
  icon?: ReactNode
  look?: Look
  busy?: boolean
  disabled?: boolean
  rule?: RuleName
  onConfirm: () => void
}) {
  const [open, setOpen] = useState(false)
  const focusBack = useFocusBack()
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <Button
        rule={props.rule}
        look={props.look ?? 'danger'}
        icon={props.icon}
        busy={props.busy}
        disabled={props.disabled}
        onClick={() => setOpen(true)}
      >
        {props.label}
      </Button>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={veil} />
        <AlertDialog.Content
          {...focusBack}
          className={box}
          {...(props.consequence ? {} : { 'aria-describedby': undefined })}
        >
          <AlertDialog.Title className="break-words font-semibold text-base">{props.question}</AlertDialog.Title>
          {props.consequence && (
            <AlertDialog.Description className="mt-2 text-muted">{props.consequence}</AlertDialog.Description>
          )}
          <DialogActions>
            <AlertDialog.Cancel asChild>
              <Button>{props.no}</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={props.onConfirm}>
                {props.yes}
              </Button>
            </AlertDialog.Action>
          </DialogActions>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
