'use client'

import * as ToggleGroup from '@radix-ui/react-toggle-group'
import type { ReactNode } from 'react'

/** One of a few, all in view: a filter, a way of looking. */
export function Segmented<T extends string>(props: {
  label: string
  value: T
  options: readonly { value: T; label: ReactNode }[]
  onChange: (value: T) => void
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={props.label}
      value={props.value}
      // Radix answers '' for a second click on what is chosen: it stays chosen.
      onValueChange={(value) => value !== '' && props.onChange(value as T)}
      className="inline-flex max-w-full flex-wrap rounded-md border border-line bg-sunken p-0.5"
    >
      {props.options.map(({ value, label }) => (
        <ToggleGroup.Item
          key={value}
          value={value}
          className="h-7 whitespace-nowrap rounded px-2.5 font-medium text-muted hover:text-text data-[state=on]:bg-surface data-[state=on]:text-text data-[state=on]:shadow-[0_0_0_1px_var(--line-strong)] pointer-coarse:h-9"
        >
          {label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
