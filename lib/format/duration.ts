/** `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`: two units at most. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds))
  if (total < 60) return `${total} s`
  if (total < 3600) return `${Math.floor(total / 60)} min ${pad(total % 60)} s`
  if (total < 86_400) return `${Math.floor(total / 3600)} h ${pad(Math.floor((total % 3600) / 60))} min`
  return `${Math.floor(total / 86_400)} d ${Math.floor((total % 86_400) / 3600)} h`
}

const pad = (value: number) => String(value).padStart(2, '0')

/** Seconds between two ISO times; 0 when they stand in the wrong order. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

/** `2026-11-23 09:46:06`, in UTC or in the reader's own zone. */
export function formatTime(iso: string, zone: 'utc' | 'local'): string {
  const time = new Date(iso)
  const local = zone === 'local' ? new Date(time.getTime() - time.getTimezoneOffset() * 60_000) : time
  const text = local.toISOString().slice(0, 19).replace('T', ' ')
  return zone === 'utc' ? `${text} UTC` : text
}
