import { stripVTControlCharacters, styleText } from 'node:util'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** 1536 → `1.5 KiB`; three figures are enough for people. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  const scaled = value / 1024 ** power
  return `${power === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[power]}`
}

/** 3725 → `1 h 2 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `2026-11-25 22:41` in the zone of whoever reads. */
export function time(iso: string | null | undefined): string {
  if (!iso) return '–'
  const date = new Date(iso)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

const colours = { ok: 'green', bad: 'red', busy: 'cyan', dim: 'dim', bold: 'bold' } as const
export type Tone = keyof typeof colours

/** Colour where a terminal shows it; NO_COLOR is heeded. */
export const tone = (kind: Tone, text: string) => styleText(colours[kind], text, { stream: process.stdout })

const tones: Record<string, Tone> = {
  completed: 'ok',
  online: 'ok',
  passed: 'ok',
  failed: 'bad',
  mismatch: 'bad',
  offline: 'bad',
  cancelled: 'dim',
  paused: 'dim',
}
/** A state in its colour: the word says all of it, the colour only helps. */
export const state = (word: string) => tone(tones[word] ?? 'busy', word)

/** What is seen of a text: control characters, and those that turn its direction, do nothing to the terminal. */
export const plain = (text: string) => text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}')

/** The same for words of several lines. */
export const plainLines = (text: string) => text.split('\n').map(plain).join('\n')

const width = (text: string) => [...stripVTControlCharacters(text)].length

export interface Column<T> {
  title: string
  right?: boolean
  of(row: T): string
}

/** Rows under their titles, in columns that fit. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) => columns.map(({ of }) => of(row)))
  const wide = columns.map(({ title }, index) =>
    Math.max(width(title), ...cells.map((line) => width(line[index] ?? ''))),
  )
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => {
        const gap = ' '.repeat((wide[index] ?? 0) - width(text))
        return columns[index]?.right ? gap + text : text + gap
      })
      .join('  ')
      .trimEnd()
  return [tone('dim', line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n')
}

/** Facts, one a line, with their names before them. */
export function facts(list: readonly (readonly [string, string])[]): string {
  const most = Math.max(...list.map(([name]) => name.length))
  return list.map(([name, value]) => `${tone('dim', name.padEnd(most))}  ${value}`).join('\n')
}
