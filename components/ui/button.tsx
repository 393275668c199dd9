'use client'

import { LoaderCircle } from 'lucide-react'
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { useMay } from '#components/access/who.tsx'
import { useHydrated } from '#components/format/hydrated.ts'
import type { RuleName } from '#contracts/access.ts'
import { buttonClass, type Look } from './button-class.ts'
import { cx } from './cx.ts'
import { Tooltip } from './tooltip.tsx'

export { buttonClass, type Look } from './button-class.ts'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  /** Waits for what it began: says so, and takes no further clicks. */
  busy?: boolean
  icon?: ReactNode
  /** What it does needs this: whose role may not does not see it. */
  rule?: RuleName
}

/** The one button. Before the browser has taken over it takes no clicks, because they would be lost. */
export function Button({ look = 'plain', busy = false, icon, rule, children, className, ...rest }: ButtonProps) {
  const may = useMay()
  const hydrated = useHydrated()
  if (!may(rule)) return null
  const off = busy || rest.disabled === true
  return (
    <button
      type="button"
      {...rest}
      disabled={off || !hydrated}
      aria-busy={busy || undefined}
      className={cx(buttonClass(look, off), className)}
    >
      {busy ? <LoaderCircle className="spin" aria-hidden="true" /> : icon}
      {children}
    </button>
  )
}

/** A button that is an icon only: its name is read out, and shown on hover and focus. */
export function IconButton({
  label,
  icon,
  look = 'quiet',
  ...rest
}: Omit<ButtonProps, 'children'> & { label: string }) {
  return (
    <Tooltip text={label}>
      <Button
        look={look}
        icon={icon}
        aria-label={label}
        {...rest}
        className={cx('w-8 px-0 pointer-coarse:w-10', rest.className)}
      />
    </Tooltip>
  )
}
