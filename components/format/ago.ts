const steps = [
  { seconds: 86_400 * 365, unit: 'y' },
  { seconds: 86_400 * 30, unit: 'mo' },
  { seconds: 86_400, unit: 'd' },
  { seconds: 3600, unit: 'h' },
  { seconds: 60, unit: 'min' },
] as const

/** `just now`, `5 min ago`, `3 h ago`, `12 d ago`, `4 mo ago`: how long before `now`, one unit, rounded down. */
export function formatAgo(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000
  const step = steps.find((each) => seconds >= each.seconds)
  return step ? `${Math.floor(seconds / step.seconds)} ${step.unit} ago` : 'just now'
}
