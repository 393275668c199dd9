import { BASE, type RestParts } from '#server/rest/handle.ts'
import { match } from '#server/rest/match.ts'
import type { AuditNote } from '#server/services/access/audit.ts'
import { auditedAs } from '#server/trpc/audited.ts'
import type { TrpcContext } from '#server/trpc/context.ts'

/**
 * The line of the trail for somebody known who may not do what a REST request asks: the same that the procedure behind it would
 * write, which is never reached. Null for what changes nothing.
 */
export function refusedNote(
  operations: RestParts['operations'],
  asked: { method: string; pathname: string },
  who: Pick<TrpcContext, 'identity' | 'address'>,
): AuditNote | null {
  if (asked.method === 'GET' || asked.method === 'HEAD' || asked.method === 'OPTIONS') return null
  const found = match(operations, asked.method, asked.pathname.slice(BASE.length))
  if (!asked.pathname.startsWith(`${BASE}/`) || found.kind !== 'found') return null
  const { id } = found.params
  return {
    ...auditedAs(who),
    action: found.operation.procedure,
    target: id === undefined ? null : { id: id.slice(0, 100) },
    outcome: 'refused',
    code: 'forbidden',
  }
}
