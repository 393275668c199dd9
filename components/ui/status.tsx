export type Tone = 'ok' | 'warn' | 'bad' | 'unknown' | 'busy'

const shapes: Record<Tone, string> = {
  ok: 'M3 8.5 6.5 12 13 4.5',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1',
  bad: 'M4 4l8 8M12 4l-8 8',
  unknown: 'M5 8h6',
  busy: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
}
const colours: Record<Tone, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  unknown: 'text-unknown',
  busy: 'text-accent',
}

/** A state: icon and word, the colour only helps. */
export function Status({ tone, label }: { tone: Tone; label: string }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${colours[tone]}`}>
      <svg viewBox="0 0 16 16" className={`size-3.5 shrink-0 ${tone === 'busy' ? 'spin' : ''}`} aria-hidden="true">
        <path
          d={shapes[tone]}
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {label}
    </span>
  )
}
