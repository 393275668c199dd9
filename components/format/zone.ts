const pad = (value: number) => String(value).padStart(2, '0')

/** The reader's zone at a moment: `Europe/Berlin, UTC+01:00`. @param name  by default the browser's */
export function zoneWords(
  at: Date,
  minutesEast = -at.getTimezoneOffset(),
  name: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  const distance = Math.abs(minutesEast)
  const offset =
    minutesEast === 0
      ? 'UTC'
      : `UTC${minutesEast < 0 ? '−' : '+'}${pad(Math.floor(distance / 60))}:${pad(distance % 60)}`
  return name === undefined || name === 'UTC' ? offset : `${name}, ${offset}`
}
