import type { RuleName } from '#contracts/access.ts'
import { appRouter } from '../trpc/routers/_app.ts'
import type { ProcedureName } from './operation.ts'

type WithMeta = Readonly<Record<string, { _def: { meta?: { rule: RuleName } } }>>

/** The rule that a procedure stands under: an operation that names it stands under the same. */
export function ruleOfProcedure(name: ProcedureName): RuleName {
  const rule = (appRouter._def.procedures as unknown as WithMeta)[name]?._def.meta?.rule
  if (rule === undefined) throw new Error(`the procedure ${name} has no rule`)
  return rule
}
