import { stripVTControlCharacters, styleText } from 'node:util'
import { formatBytes } from '#lib/format/bytes.ts'
import { formatTime } from '#lib/format/duration.ts'

const NONE = '–'

/** 1536 → `1.50 KiB`. */
export const bytes = (value: number | null | undefined) => (typeof value === 'number' ? formatBytes(value) : NONE)

/** `2026-11-25 22:41:06` in the zone of whoever reads. */
export const time = (iso: string | null | undefined) => (iso ? formatTime(iso, 'local') : NONE)

const colours = { ok: 'green', warn: 'yellow', bad: 'red', busy: 'cyan', dim: 'dim', bold: 'bold' } as const
export type Tone = keyof typeof colours

/** Colour where a terminal shows it; NO_COLOR is heeded. */
export const tone = (kind: Tone, text: string) => styleText(colours[kind], text, { stream: process.stdout })

const tones: Record<string, Tone> = {
  completed: 'ok',
  online: 'ok',
  passed: 'ok',
  ok: 'ok',
  damaged: 'bad',
  missing: 'bad',
  unproved: 'dim',
  'not-looked-at': 'dim',
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
