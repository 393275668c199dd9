'use client'

import { type ButtonHTMLAttributes, useState } from 'react'
import { useHydrated } from '#components/format/hydrated.ts'

type Look = 'primary' | 'plain' | 'danger'

const looks: Record<Look, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border-line bg-surface text-text hover:bg-hover',
  danger: 'border-bad bg-surface text-bad hover:bg-hover',
}

/**
 * The one button. `busy` says what is being waited for, and takes no further clicks. Before the browser has taken over
 * it takes none either, because a click would be lost.
 */
export function Button({
  look = 'plain',
  busy = false,
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; busy?: boolean }) {
  const hydrated = useHydrated()
  const off = busy || rest.disabled === true
  return (
    <button
      type="button"
      {...rest}
      disabled={off || !hydrated}
      aria-busy={busy || undefined}
      className={`inline-flex h-8 items-center justify-center gap-2 whitespace-nowrap rounded-md border px-3 font-medium ${looks[look]} ${off ? 'cursor-not-allowed opacity-55' : ''}`}
    >
      {children}
    </button>
  )
}

/** Asks once more before it acts, in place. */
export function ConfirmButton(props: {
  label: string
  question: string
  yes: string
  no: string
  busy?: boolean
  disabled?: boolean
  onConfirm: () => void
}) {
  const [asking, setAsking] = useState(false)
  if (!asking || props.busy) {
    return (
      <Button look="danger" busy={props.busy} disabled={props.disabled} onClick={() => setAsking(true)}>
        {props.label}
      </Button>
    )
  }
  return (
    <fieldset className="flex flex-wrap items-center gap-2">
      <legend className="float-left mr-2 py-1.5">{props.question}</legend>
      <Button
        look="danger"
        autoFocus
        onClick={() => {
          setAsking(false)
          props.onConfirm()
        }}
      >
        {props.yes}
      </Button>
      <Button onClick={() => setAsking(false)}>{props.no}</Button>
    </fieldset>
  )
}
