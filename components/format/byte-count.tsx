import { formatBytes, formatExactBytes } from '#lib/format/bytes.ts'

/** Bytes for people; the exact number is in the title and in `data-bytes`. Null: cannot be measured. */
export function Bytes({ value, testId }: { value: number | null; testId?: string }) {
  if (value === null) {
    return (
      <span className="text-muted" title="cannot be measured" data-testid={testId}>
        –
      </span>
    )
  }
  return (
    <data
      value={value}
      title={formatExactBytes(value)}
      data-bytes={value}
      data-testid={testId}
      className="whitespace-nowrap tabular-nums"
    >
      {formatBytes(value)}
    </data>
  )
}
