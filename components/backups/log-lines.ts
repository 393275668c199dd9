import { verdictWords } from '#components/diagnosis/words.ts'
import type { StatusTone, Tone } from '#components/ui/status.tsx'
import type { HubEvent } from '#contracts/events.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { formatTime } from '#lib/format/duration.ts'
import { jobWords } from './words.ts'

export interface LogLine {
  seq: string
  at: string
  kind: 'state' | 'step'
  tone: StatusTone
  label: string
  message: string
  /** What it is about: found by a search, though not shown. */
  topic: string
}

export type LogFilter = 'all' | 'steps' | 'failures'

const outcomes = { ok: ['ok', 'Done'], failed: ['bad', 'Failed'], info: ['note', 'Note'] } as const

/** In a log nothing is busy or waits: it was so then. */
const past = (tone: Tone): StatusTone => (tone === 'busy' || tone === 'unknown' ? 'note' : tone)

/** An event as a line of the log; null for what is no line. */
export function lineOf({ seq, at, data }: HubEvent): LogLine | null {
  if (data.kind === 'job.state') {
    const { label, tone } = jobWords[data.state]
    return { seq, at, kind: 'state', tone: past(tone), label, message: data.message, topic: data.state }
  }
  if (data.kind === 'job.verdict') {
    const { label, tone } = verdictWords[data.verdict.kind]
    return { seq, at, kind: 'step', tone: past(tone), label, message: data.verdict.sentence, topic: 'verdict' }
  }
  if (data.kind !== 'job.step') return null
  const [tone, label] = outcomes[data.outcome]
  return { seq, at, kind: 'step', tone, label, message: data.message, topic: data.step }
}

/** The lines that the filter and the words leave. Every word must be in a line, in any case and order. */
export function filterLines(lines: readonly LogLine[], filter: LogFilter, search: string): LogLine[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return lines.filter((line) => {
    if (filter === 'failures' && line.tone !== 'bad') return false
    if (filter === 'steps' && line.kind !== 'step') return false
    const text = `${line.label} ${line.message} ${line.topic}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** The same with sizes as a person reads them; what is copied and searched has the exact ones. */
export function readable(message: string): string {
  return message.replace(
    /\b(\d[\d,]{3,})(?: of (\d[\d,]{3,}))? bytes\b/g,
    (_, bytes: string, whole: string | undefined) =>
      [bytes, whole]
        .flatMap((each) => (each === undefined ? [] : formatBytes(Number(each.replaceAll(',', '')))))
        .join(' of '),
  )
}

/** Lines as text to paste into a ticket: times to the millisecond, in UTC. */
export function logText(lines: readonly LogLine[]): string {
  return lines.map(({ at, label, message }) => `${at}  ${label.padEnd(10)}  ${message}`).join('\n')
}

/** `2026-11-23 09:46:06.789 UTC`. */
export function exactTime(at: string): string {
  return formatTime(at, 'utc').replace(' UTC', `${at.slice(19, 23)} UTC`)
}
