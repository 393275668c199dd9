import { z } from 'zod'
import { snakeSchema } from './case.ts'
import { PROBLEM_TYPE } from './failure.ts'
import { mediaTypes } from './negotiate.ts'
import { type Operation, tags } from './operation.ts'
import { answerSchemas } from './schemas.ts'

type Json = Record<string, unknown>

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** A zod schema as JSON Schema 2020-12, without the frame that a document of its own would have. */
function bare({ $schema: _schema, $id: _id, id: _name, ...schema }: Json): Json {
  return schema
}

/** Components, with references among each other. */
function components(schemas: ReadonlyMap<string, z.ZodType>): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of schemas) registry.add(schema, { id })
  const { schemas: made } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'output' })
  return Object.fromEntries(Object.entries(made).map(([name, schema]) => [name, snakeSchema(bare(schema as Json))]))
}

const inputSchema = (schema: z.ZodType) => bare(z.toJSONSchema(schema, { io: 'input' }) as Json)

function requestBody(body: z.ZodType): Json {
  const schema = inputSchema(body)
  const required = Array.isArray(schema.required) && schema.required.length > 0
  return { required, content: { [mediaTypes.json]: { schema } } }
}

/** What a text in an address stands for: a switch, or a number. */
function meant({ pattern, ...schema }: Json): Json {
  if (JSON.stringify(schema.enum) === '["true","false"]') return { type: 'boolean' }
  return schema.type === 'integer' || pattern === undefined ? schema : { ...schema, pattern }
}

/** Query or path parameters, one for each field of their schema. */
function parameters(schema: z.ZodType | null, where: 'path' | 'query'): Json[] {
  if (schema === null) return []
  const { properties = {}, required = [] } = inputSchema(schema) as { properties?: Json; required?: string[] }
  return Object.entries(properties).map(([name, each]) => {
    const { description, ...rest } = each as Json
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      description: description ?? (where === 'path' ? 'Its id.' : name),
      schema: meant(rest),
    }
  })
}

const header = (name: string, description: string, schema: Json) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
})

function headers({ method, id }: Operation): Json[] {
  const text = { type: 'string' }
  return [
    ...(method === 'POST'
      ? [
          header(
            'Idempotency-Key',
            'A random text for each thing you want done: sent again with the same fields within 24 hours, the request does nothing twice and gets the first answer.',
            { ...text, minLength: 1, maxLength: 255 },
          ),
        ]
      : []),
    ...(id === 'createBackup'
      ? [
          header('Prefer', 'wait=N: for how many seconds to wait for ports and targets.', {
            ...text,
            examples: ['wait=10'],
          }),
        ]
      : []),
    ...(id === 'followEvents'
      ? [header('Last-Event-ID', 'Begin behind this event.', { ...text, pattern: '^\\d{1,19}$' })]
      : []),
  ]
}

const words: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Begun.',
  204: 'Done; there is nothing to say.',
  400: 'A field is wrong: the problem names it.',
  401: 'Nobody is signed in.',
  403: 'The role or the token may not do this.',
  404: 'There is no such thing.',
  406: 'Nothing that is accepted can be answered.',
  409: 'Something stands against it now: the problem says what.',
  412: 'Something must be put right first: the problem says what.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The Idempotency-Key was used for another request.',
  429: 'Too many requests within a minute.',
  500: 'A fault of the hub: its log says which.',
  502: 'The appliance, a tunnel or an export did not answer the engine.',
  504: 'The engine did not answer in time.',
  503: 'The hub, or a part of it, does not answer now.',
}

const failureContent = { [PROBLEM_TYPE]: { schema: ref('Failure') } }

/** Statuses that an operation's refusals can have. */
export function problemStatuses({ method, problems, writes }: Operation): number[] {
  const ofBody = method === 'POST' ? [409, 413, 415, 422] : method === 'PUT' || method === 'PATCH' ? [413, 415] : []
  // What the engine is asked may fail on its way.
  const ofEngine = writes.includes('commands') ? [502, 504] : []
  return [...new Set([400, 401, 403, 406, 429, 500, 503, ...ofBody, ...ofEngine, ...problems])].toSorted(
    (a, b) => a - b,
  )
}

function responses(operation: Operation, names: ReadonlyMap<z.ZodType, string>): Json {
  const { status, answer, kind, otherwise } = operation
  const name = answer === null ? undefined : names.get(answer)
  const content =
    kind === 'json'
      ? name && { [mediaTypes.json]: { schema: ref(name) } }
      : { [mediaTypes[kind]]: { schema: { type: 'string', ...(kind === 'file' ? { format: 'binary' } : {}) } } }
  const done = { description: words[status], ...(content ? { content } : {}) }
  const refused = problemStatuses(operation).map((each) => {
    const description = words[each] ?? 'Refused.'
    if (each === otherwise?.status) return [each, { description, content: { ...content, ...failureContent } }]
    const retry = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }
    return [each, { description, ...(each === 429 || each === 503 ? { headers: retry } : {}), content: failureContent }]
  })
  return { [status]: done, ...Object.fromEntries(refused) }
}

const about = `What Sendense shows and does, for programs. People, roles, tokens and the second factor are minded with a person's session: at the dashboard, by tRPC and \`/api/auth\`; the audit trail is saved by \`GET /api/v1/audit\` (\`format=csv\` or \`jsonl\`), with the session of an administrator.

**Who asks.** A session's cookie, or \`Authorization: Bearer <token>\`. With a cookie, what changes something needs the header \`Origin\` with the hub's own address.

**What goes wrong** is \`application/problem+json\` (RFC 9457) with the hub's own \`problem\` beside the standard's fields: a code, what happened, what is safe, what to do. Act on the code, show the words.

**Twice is once.** Send an \`Idempotency-Key\` with a POST, and send the same again when no answer came.

**Pages.** A list that can be long answers \`next_cursor\`: send it as \`cursor\` for the next page; null is the end.

**Limits.** \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\` stand on every answer; 429 says in \`Retry-After\` how long to wait.

Times are ISO 8601 in UTC, bytes are integers, names are \`snake_case\`. New fields may come: ignore what you do not know.`

/** OpenAPI 3.1 of the operations. @param hub.url  where this hub is reached */
export function openApi(operations: readonly Operation[], hub: { version: string; url: string }): Json {
  const schemas = answerSchemas(operations)
  const names = new Map([...schemas].map(([name, schema]) => [schema, name]))
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    const { id, tag, summary, description, procedure, method, params, query, body } = operation
    const given = [...parameters(params, 'path'), ...parameters(query, 'query'), ...headers(operation)]
    paths[operation.path] = {
      ...paths[operation.path],
      [method.toLowerCase()]: {
        operationId: id,
        tags: [tag],
        summary,
        description: `${description}${description ? '\n\n' : ''}The same as the procedure \`${procedure}\` of tRPC.`,
        ...(given.length > 0 ? { parameters: given } : {}),
        ...(body ? { requestBody: requestBody(body) } : {}),
        responses: responses(operation, names),
      },
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sendense API',
      version: hub.version,
      summary: 'Backs up virtual machines, and proves it.',
      description: about,
    },
    servers: [{ url: new URL('/api/v1', hub.url).href, description: 'This hub' }],
    security: [{ token: [] }, { session: [] }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components(schemas),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token from Settings, Access.' },
        session: { type: 'apiKey', in: 'cookie', name: 'sendense.session_token', description: 'A browser’s session.' },
      },
    },
  }
}
