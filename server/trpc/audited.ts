import type { TRPCError } from '@trpc/server'
import type { AuditNote } from '../services/access/audit.ts'
import { auditTarget } from '../services/access/audit.ts'
import type { TrpcContext } from './context.ts'
import { problemOf } from './errors.ts'

const REFUSED: readonly string[] = ['unauthenticated', 'forbidden', 'bad_input', 'not_found', 'conflict', 'busy']

/** Who asks, as the trail says it. */
export function auditedAs({ identity, address }: Pick<TrpcContext, 'identity' | 'address'>) {
  return {
    userId: identity?.userId ?? null,
    who: identity?.email ?? null,
    via: identity?.via.kind ?? ('stranger' as const),
    token: identity?.via.kind === 'token' ? identity.via.name : null,
    address,
  }
}

/** How it ended: refused is what the asker can mend, failed is what the hub or a tool of its could not do. */
export function auditedOutcome(error: TRPCError | null): Pick<AuditNote, 'outcome' | 'code'> {
  if (error === null) return { outcome: 'done', code: null }
  const { code } = problemOf(error)
  return { outcome: REFUSED.includes(code) ? 'refused' : 'failed', code }
}

export function auditedCall(
  context: TrpcContext,
  call: { action: string; input: unknown; error: TRPCError | null },
): AuditNote {
  return {
    ...auditedAs(context),
    action: call.action,
    target: auditTarget(call.input),
    ...auditedOutcome(call.error),
  }
}
