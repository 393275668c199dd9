'use client'

import * as AlertDialog from '@radix-ui/react-alert-dialog'
import * as Radix from '@radix-ui/react-dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, IconButton } from './button.tsx'
import { cx } from './cx.ts'
import { DialogActions } from './dialog-actions.tsx'
import { useFocusBack } from './focus-back.ts'

const veil = 'fixed inset-0 z-40 bg-[rgb(8_10_14/0.45)]'
const box =
  'appear fixed z-50 flex max-h-[calc(100dvh-2rem)] flex-col overflow-auto border border-line bg-raised p-5 shadow-raised focus:outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-xl sm:top-[12vh] sm:max-h-[calc(88dvh-1rem)] sm:left-1/2 sm:w-[min(34rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:rounded-xl'

export interface DialogWindowProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  description?: ReactNode
  children: ReactNode
  wide?: boolean
}

/** What `Dialog` opens: loaded when it is asked for, because no page needs it to begin with. */
export function DialogWindow(props: DialogWindowProps) {
  const focusBack = useFocusBack()
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
            {/* On the title's line; its cross, and not its frame, ends where the fields do. */}
            <span className="-me-2 -mt-1 shrink-0">
              <Radix.Close asChild>
                <IconButton label="Close" icon={<X aria-hidden="true" />} />
              </Radix.Close>
            </span>
          </header>
          {props.children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface QuestionWindowProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  question: string
  /** What will happen, and what stays. */
  consequence?: ReactNode
  yes: string
  no: string
  onConfirm: () => void
}

/** What `ConfirmButton` opens. */
export function QuestionWindow(props: QuestionWindowProps) {
  const focusBack = useFocusBack()
  return (
    <AlertDialog.Root open={props.open} onOpenChange={props.onOpenChange}>
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
