import { formatDuration } from '#lib/format/duration.ts'

/** `in step with the hub’s`, `2 min 05 s ahead of the hub’s`, `3 s behind the hub’s`. Less than a tenth of a second is in step. */
export function clockWords(offsetMs: number): string {
  const size = Math.abs(offsetMs)
  if (size < 100) return 'in step with the hub’s'
  const amount = size < 1000 ? `${Math.round(size)} ms` : formatDuration(size / 1000)
  return `${amount} ${offsetMs > 0 ? 'ahead of' : 'behind'} the hub’s`
}
