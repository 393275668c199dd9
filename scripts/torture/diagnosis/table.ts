/** One backup, as it counts. */
export interface Row {
  fault: string
  /** `stalled at export`; null: nothing bad was said. */
  verdict: string | null
  right: boolean
  seconds: number | null
  falseAlarms: number
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

function verdicts(rows: readonly Row[]): string {
  const counts = new Map<string, number>()
  for (const { verdict } of rows) counts.set(verdict ?? 'calm', (counts.get(verdict ?? 'calm') ?? 0) + 1)
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([words, count]) => `${count} ${words}`)
    .join(', ')
}

function line(fault: string, rows: readonly Row[]): string {
  const seconds = rows.flatMap(({ seconds: one }) => one ?? [])
  const right = rows.filter((row) => row.right).length
  const times = seconds.length === 0 ? ['–', '–'] : [median(seconds).toFixed(1), Math.max(...seconds).toFixed(1)]
  const alarms = rows.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0)
  return `| ${[fault, rows.length, verdicts(rows), `${right} of ${rows.length}`, ...times, alarms].join(' | ')} |`
}

/** The confusion table in Markdown: a row for each fault, in the order in which faults came first. */
export function confusionTable(rows: readonly Row[]): string[] {
  const faults = [...new Set(rows.map(({ fault }) => fault))].toSorted()
  return [
    '| fault | backups | verdicts seen | right | median s | max s | false alarms |',
    '|---|---|---|---|---|---|---|',
    ...faults.map((fault) =>
      line(
        fault,
        rows.filter((row) => row.fault === fault),
      ),
    ),
  ]
}

const BEGIN = '<!-- confusion: written by npm run torture -- --diagnosis --write -->'
const END = '<!-- /confusion -->'

/** The page with its table replaced. @throws Error when it has no place for one */
export function withTable(page: string, lines: readonly string[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}
