import { type Rule, rules } from '#contracts/access.ts'
import type { Operation } from '#server/rest/operation.ts'
import { ruleOfProcedure } from '#server/rest/rules.ts'
import type { Table } from './relations.ts'

const row = (...cells: string[]) => `| ${cells.join(' | ')} |`
const code = (words: readonly string[]) => words.map((word) => (word.includes(' ') ? word : `\`${word}\``)).join(', ')

function operationRow({ method, path, summary, procedure, reads, writes }: Operation): string {
  const name = ruleOfProcedure(procedure)
  const { scopes }: Rule = rules[name]
  return row(
    `\`${method} ${path}\``,
    summary,
    `\`${procedure}\``,
    `\`${name}\`: ${scopes.join(', ')}`,
    code(reads) || '–',
    code(writes) || '–',
  )
}

/** Every operation: what it does, whose rule it stands under, and which tables it touches. */
export function operationTable(operations: readonly Operation[]): string {
  return [
    row('operation', '', 'the procedure of tRPC', 'rule: scopes of a token, one of', 'reads', 'writes'),
    '|---|---|---|---|---|---|',
    ...operations.map(operationRow),
  ].join('\n')
}

/** The tables that operations touch, with what they refer to. @throws Error for one that the database does not have */
export function relationTable(operations: readonly Operation[], tables: readonly Table[]): string {
  const touched = new Set(operations.flatMap(({ reads, writes }) => [...reads, ...writes]))
  const rows = [...touched]
    .filter((name) => name !== 'every table')
    .toSorted()
    .map((name) => {
      const table = tables.find((each) => each.name === name)
      if (!table) throw new Error(`there is no table ${name}`)
      return row(`\`${name}\``, table.relations.map((each) => `\`${each}\``).join(', ') || '–')
    })
  return [row('table', 'refers to'), '|---|---|', ...rows].join('\n')
}
