import type { ContentRecord } from '#e2e/world/content/case.ts'
import { moments } from '#e2e/world/content/kind.ts'

const BEGIN = '<!-- content: written by npm run torture -- --content --write -->'
const END = '<!-- /content -->'

const outcomes = ['caught', 'calm', 'wrong', 'not injected'] as const

/** Markdown: what was changed, when, how often, and what came of it. */
export function contentTable(records: readonly ContentRecord[]): string[] {
  const kinds = [...new Set(records.map(({ kind }) => kind))].toSorted()
  const rows = kinds.flatMap((kind) =>
    moments.flatMap((moment) => {
      const these = records.filter((each) => each.kind === kind && each.moment === moment)
      if (these.length === 0) return []
      const counts = outcomes.flatMap((outcome) => {
        const count = these.filter((each) => each.outcome === outcome).length
        if (count === 0) return []
        return outcome === 'caught' || outcome === 'calm' ? [`${count} ${outcome}`] : [`**${count} ${outcome}**`]
      })
      return [`| ${kind} | ${moment} | ${these.length} | ${counts.join(', ')} |`]
    }),
  )
  return ['| change | moment | cases | outcome |', '|---|---|---|---|', ...rows]
}

/** The page with its table replaced. @throws Error when it has no place for one */
export function withContentTable(page: string, lines: readonly string[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}
