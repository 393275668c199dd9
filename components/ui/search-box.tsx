import { Search } from 'lucide-react'
import { cx } from './cx.ts'

/** Where one types what a list is to be narrowed down to. On a phone it takes the width. */
export function SearchBox(props: {
  /** Its name for screen readers; what it says while empty, unless that is another. */
  label: string
  placeholder?: string
  value: string
  disabled?: boolean
  className?: string
  onChange: (value: string) => void
}) {
  return (
    <div className={cx('relative', props.className)}>
      <Search
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
        aria-hidden="true"
      />
      <input
        type="search"
        aria-label={props.label}
        placeholder={props.placeholder ?? props.label}
        dir="auto"
        disabled={props.disabled}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        className="h-8 w-full rounded-md border border-line-strong bg-surface ps-8 pe-2 text-text placeholder:text-muted pointer-coarse:h-10"
      />
    </div>
  )
}
