import { type AuditEntry, auditFilterSchema } from '#contracts/audit.ts'
import { ProblemError } from '#contracts/problem.ts'
import { auditedAs } from '#server/trpc/audited.ts'
import { csvCell } from './csv.ts'
import { rest } from './rest.ts'

const columns = ['seq', 'at', 'who', 'via', 'token', 'address', 'action', 'target', 'outcome', 'code'] as const

const formats = {
  csv: {
    type: 'text/csv; charset=utf-8',
    head: `${columns.join(',')}\r\n`,
    line: (entry: AuditEntry) => `${columns.map((name) => csvCell(entry[name])).join(',')}\r\n`,
  },
  jsonl: {
    type: 'application/jsonl; charset=utf-8',
    head: '',
    line: (entry: AuditEntry) => `${JSON.stringify(entry)}\n`,
  },
}

function bodyOf(
  entries: AsyncIterable<AuditEntry>,
  { head, line }: (typeof formats)['csv'],
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const source = entries[Symbol.asyncIterator]()
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(head)),
    async pull(controller) {
      const { done, value } = await source.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(line(value)))
    },
    cancel: async () => void (await source.return?.()),
  })
}

/** Sends every entry of the filter as a file, read while it is sent. That somebody took it is an entry itself, and not in the file. */
export function exportAudit(request: Request): Promise<Response> {
  return rest(request, async (_, { access }, context) => {
    const { format = 'csv', ...words } = Object.fromEntries(new URL(request.url).searchParams)
    const filter = auditFilterSchema.safeParse(words)
    if ((format !== 'csv' && format !== 'jsonl') || !filter.success) {
      const field = filter.success ? 'format' : String(filter.error.issues[0]?.path[0] ?? '')
      throw new ProblemError({
        code: 'bad_input',
        field,
        happened: filter.success ? 'format: is csv or jsonl' : `${field}: ${filter.error.issues[0]?.message}`,
      })
    }
    const headers = {
      'content-type': formats[format].type,
      'content-disposition': `attachment; filename="sendense-audit.${format}"`,
      'cache-control': 'no-store',
    }
    if (request.method === 'HEAD') return new Response(null, { headers })
    // What was searched for stays out: the entry would be found by it for ever.
    const { search, ...rest } = filter.data
    const target = { format, ...rest, searched: search !== undefined }
    await access.audit.note({ ...auditedAs(context), action: 'audit.export', target, outcome: 'done', code: null })
    const [own] = (await access.audit.list({ limit: 1 })).items
    return new Response(bodyOf(access.audit.all(filter.data, own?.seq ?? null), formats[format]), { headers })
  })
}
