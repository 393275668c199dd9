import type { CaseRecord } from '#e2e/world/faults/case.ts'
import { phases } from '#e2e/world/faults/fault.ts'

/** `3 completed, 1 failed (client_exited)`. */
function outcomes(records: readonly CaseRecord[]): string {
  const counts = new Map<string, number>()
  for (const { outcome, code, wrongs } of records) {
    const words = wrongs.length > 0 ? '**wrong**' : (outcome ?? 'came too late')
    const key = code && wrongs.length === 0 ? `${words} (${code})` : words
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([words, count]) => `${count} ${words}`).join(', ')
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

function noticed(records: readonly CaseRecord[]): string {
  const seconds = records.flatMap(({ noticedSeconds }) => noticedSeconds ?? [])
  return seconds.length === 0 ? '' : `${median(seconds).toFixed(1)} (≤ ${Math.max(...seconds).toFixed(1)})`
}

/** Markdown: fault and phase, how many, how they ended, and the seconds to notice: median and most. */
export function table(records: readonly CaseRecord[]): string[] {
  const rows = [...new Set(records.map(({ fault }) => fault))].toSorted().flatMap((fault) =>
    phases.flatMap((phase) => {
      const these = records.filter((each) => each.fault === fault && each.phase === phase)
      if (these.length === 0) return []
      return [`| ${fault} | ${phase} | ${these.length} | ${outcomes(these)} | ${noticed(these)} |`]
    }),
  )
  return ['| fault | phase | cases | outcome | seconds to notice |', '|---|---|---|---|---|', ...rows]
}

const BEGIN = '<!-- torture: written by npm run torture -- --write -->'
const END = '<!-- /torture -->'

/** The page with its table replaced. @throws Error when it has no place for one */
export function withTable(page: string, lines: readonly string[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}
