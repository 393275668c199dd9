import { exportAudit } from '#server/web/audit-export.ts'

export const dynamic = 'force-dynamic'

/** The audit trail of a filter as a file: `?format=csv` or `jsonl`, and the fields of `audit.list`. */
export function GET(request: Request): Promise<Response> {
  return exportAudit(request)
}
