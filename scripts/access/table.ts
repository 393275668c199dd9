import { type Rule, type RuleName, roles, rules } from '#contracts/access.ts'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { apiRoutes, pages } from '#server/web/routes.ts'

const cells = (words: readonly string[]) => words.join(', ') || 'none'
const row = (...words: string[]) => `| ${words.join(' | ')} |`

function ruleRow(name: RuleName): string {
  const rule: Rule = rules[name]
  const who = rule.roles === null ? 'everybody' : cells(rule.roles)
  return row(`\`${name}\``, who, rule.roles === null ? 'not asked for' : cells(rule.scopes), rule.what)
}

const columns = (name: RuleName) => {
  const rule: Rule = rules[name]
  if (rule.roles === null) return ['everybody', 'not asked for']
  return [rule.roles.length === roles.length ? 'every role' : cells(rule.roles), cells(rule.scopes)]
}

interface Procedure {
  _def: { type: string; meta?: { rule: RuleName } }
}

function procedureRows(): string[] {
  return Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([name, { _def }]) => {
      if (!_def.meta) throw new Error(`${name} has no rule`)
      return row(`\`${name}\``, _def.type, `\`${_def.meta.rule}\``, ...columns(_def.meta.rule))
    })
}

function routeRows(): string[] {
  return Object.entries(apiRoutes).flatMap(([address, { methods, itself }]) =>
    Object.entries(methods).map(([method, rule]) =>
      row(`${method} \`${address}\``, `\`${rule}\``, ...columns(rule), itself ?? ''),
    ),
  )
}

/** docs/access.md, whole: from the table of rules, the router and the table of routes. */
export function accessPage(): string {
  return `# Who may do what

Written by \`npm run docs:access\` from the code; a test fails when it is out of date. Do not edit it by hand.

Every procedure and every route has one rule. A person needs a role that the rule names. A program needs a token: the role of
its owner must be named, at the moment of the use, and the token needs one of the scopes. Where no scope stands, no token may:
one that leaked can not make itself another token, a session or an administrator. What stands in no table is refused to
strangers.

## Rules

| rule | roles | scope of a token, one of | for |
|---|---|---|---|
${(Object.keys(rules) as RuleName[]).map(ruleRow).join('\n')}

## Procedures (tRPC)

| procedure | kind | rule | roles | scopes |
|---|---|---|---|---|
${procedureRows().join('\n')}

## Routes

| route | rule | roles | scopes | decides further |
|---|---|---|---|---|
${routeRows().join('\n')}

## Pages

Pages are for sessions only. What they show comes from procedures, whose rules hold there too.

| page | rule | roles |
|---|---|---|
${Object.entries(pages)
  .map(([address, rule]) => row(`\`${address}\``, `\`${rule}\``, columns(rule)[0] ?? ''))
  .join('\n')}
`
}
