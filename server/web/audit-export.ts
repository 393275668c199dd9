import { type AuditEntry, type AuditFilter, auditFilterSchema } from '#contracts/audit.ts'
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

const bad = (field: string, words: string) =>
  new ProblemError({ code: 'bad_input', field, happened: `${field}: ${words}` })

/** What is asked for. A name that is misspelt or comes twice would send more than is wanted. @throws ProblemError `bad_input` */
function asked(params: URLSearchParams): { format: keyof typeof formats; filter: AuditFilter } {
  const twice = [...params.keys()].find((name, index, all) => all.indexOf(name) !== index)
  if (twice !== undefined) throw bad(twice, 'stands more than once in the address')
  const { format = 'csv', ...words } = Object.fromEntries(params)
  if (format !== 'csv' && format !== 'jsonl') throw bad('format', 'is csv or jsonl')
  const filter = auditFilterSchema.strict().safeParse(words)
  if (filter.success) return { format, filter: filter.data }
  const issue = filter.error.issues[0]
  if (issue?.code === 'unrecognized_keys') throw bad(issue.keys[0] ?? '', 'is not a field of this address')
  throw bad(String(issue?.path[0] ?? ''), issue?.message ?? 'is not valid')
}

/** Sends every entry of the filter as a file, read while it is sent. That somebody took it is an entry itself, and not in the file. */
export function exportAudit(request: Request): Promise<Response> {
  return rest(request, async (_, { access }, context) => {
    const { format, filter } = asked(new URL(request.url).searchParams)
    const headers = {
      'content-type': formats[format].type,
      'content-disposition': `attachment; filename="sendense-audit.${format}"`,
      'cache-control': 'no-store',
    }
    if (request.method === 'HEAD') return new Response(null, { headers })
    // What was searched for stays out: the entry would be found by it for ever.
    const { search, ...rest } = filter
    const target = { format, ...rest, searched: search !== undefined }
    const [newest] = (await access.audit.list({ limit: 1 })).items
    await access.audit.note({ ...auditedAs(context), action: 'audit.export', target, outcome: 'done', code: null })
    const entries = access.audit.all(filter, newest?.seq ?? '0')
    return new Response(bodyOf(entries, formats[format]), { headers })
  })
}
