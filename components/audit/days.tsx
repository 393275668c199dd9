import type { AuditFilter } from '#contracts/audit.ts'

/** Midnight of the reader's day, or of the one after it; undefined when it is none. */
function midnight(day: string, later = 0): Date | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!found) return undefined
  const [year, month, date] = found.slice(1).map(Number) as [number, number, number]
  // A year while it is typed: 0002, 0020, 0202.
  if (year < 1970 || year > 9998) return undefined
  return new Date(year, month - 1, date + later)
}

/** Whole days of the reader's zone, the last one included. @param days  `2026-11-26`, or empty for no bound */
export function daysBetween({ from, to }: { from: string; to: string }): Pick<AuditFilter, 'from' | 'to'> {
  const begin = midnight(from)
  const end = midnight(to, 1)
  return {
    ...(begin ? { from: begin.toISOString() } : {}),
    ...(end ? { to: new Date(end.getTime() - 1).toISOString() } : {}),
  }
}

interface DayFieldProps {
  label: string
  value: string
  least?: string
  most?: string
  onChange: (day: string) => void
}

/** One day of a range; empty: no bound. */
export function DayField({ label, value, least, most, onChange }: DayFieldProps) {
  return (
    <label className="inline-flex items-center gap-1.5 text-muted max-sm:flex-1 max-sm:flex-col max-sm:items-stretch max-sm:gap-0.5">
      {label}
      <input
        type="date"
        value={value}
        min={least || undefined}
        max={most || undefined}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 rounded-md border border-line-strong bg-surface px-2 text-text pointer-coarse:h-10"
      />
    </label>
  )
}
