import { Readable } from 'node:stream'
import { z } from 'zod'
import type { HubEvent } from '#contracts/events.ts'
import { ProblemError } from '#contracts/problem.ts'
import { supportBundleSchema } from '#contracts/support.ts'
import { version } from '#lib/version.ts'
import { byId, eitherId } from '../fields.ts'
import { operation } from '../operation.ts'
import { eventStream } from '../sse.ts'

const seq = z.string().regex(/^\d{1,19}$/, 'must be the seq of an event')

/** @throws ProblemError `bad_input` for what is no id of an event */
function lastEventId(headers: Headers): string | undefined {
  const last = headers.get('last-event-id')
  if (last === null || last === '') return undefined
  if (seq.safeParse(last).success) return last
  const happened = 'Last-Event-ID: must be the id of an event'
  throw new ProblemError({ code: 'bad_input', field: 'last-event-id', happened })
}

/** Events of one job only. */
async function* ofJob(events: AsyncIterable<HubEvent>, jobId: string): AsyncGenerator<HubEvent> {
  for await (const event of events) if (event.jobId === jobId) yield event
}

export const hub = [
  operation({
    id: 'getHealth',
    method: 'GET',
    path: '/health',
    tag: 'Hub',
    summary: 'Ask whether the hub can work',
    description:
      'With its version and build. 503 when a part does not live; the answer says which. Without signing in: /api/health.',
    procedure: 'system.health',
    writes: ['commands'],
    otherwise: { status: 503, when: (answer) => (answer as { ok: boolean }).ok === false },
    answer: z.object({
      ok: z.boolean(),
      version: z.string(),
      buildId: z.string(),
      database: z.boolean(),
      engine: z.boolean(),
    }),
    run: async (_, { call }) => ({ ...(await call.system.health()), version: version() }),
  }),

  operation({
    id: 'followEvents',
    method: 'GET',
    path: '/events',
    tag: 'Events',
    summary: 'Follow what happens',
    description:
      'Server-sent events: each with its seq as id, its kind as event, and itself as data. Begins after the event that Last-Event-ID or `after` names, else with the next one; goes on from there without gap or duplicate, over a restart of the hub too. A comment comes at least every 5 seconds; a stream that is silent for longer is dead. It ends after 10 minutes: ask again with the last id, as every EventSource does. Keep one open for a program.',
    procedure: 'events.subscribe',
    reads: ['events', 'backup_jobs'],
    kind: 'events',
    problems: [404],
    query: z.strictObject({
      after: seq.optional().describe('Begin behind this event. Last-Event-ID, if there is one, stands above it.'),
      backup_id: eitherId.optional().describe('Only what belongs to this backup.'),
    }),
    async run({ query }, { call, follow, headers, signal }) {
      const after = lastEventId(headers) ?? query.after
      const job = query.backup_id === undefined ? null : await call.backups.verdict({ id: query.backup_id })
      const stream = eventStream((until) => {
        const all = follow(after, until)
        return job === null ? all : ofJob(all, job.jobId)
      }, signal)
      return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } })
    },
  }),

  operation({
    id: 'createSupportBundle',
    method: 'POST',
    path: '/support',
    tag: 'Hub',
    summary: 'Collect a support bundle',
    description: 'Answers what is in it, redacted; `GET /support/{id}` saves that very one, for 15 minutes.',
    procedure: 'support.prepare',
    reads: ['every table'],
    writes: ['idempotency_keys'],
    status: 201,
    body: z.strictObject({ backup_id: eitherId.optional().describe('A backup that goes in whole.') }),
    answer: supportBundleSchema,
    location: ({ id }) => `/support/${id}`,
    run: ({ body: { backup_id } }, { call }) => call.support.prepare(backup_id ? { jobId: backup_id } : {}),
  }),

  operation({
    id: 'getSupportBundle',
    method: 'GET',
    path: '/support/{id}',
    tag: 'Hub',
    summary: 'Save a support bundle',
    description: 'The one that was prepared and shown, as one archive.',
    procedure: 'support.prepare',
    kind: 'file',
    problems: [404],
    params: byId,
    async run({ params: { id } }, { services }) {
      const { fileName, stream } = await services.support.archive(id)
      return new Response(Readable.toWeb(stream) as ReadableStream, {
        headers: {
          'content-type': 'application/gzip',
          'content-disposition': `attachment; filename="${fileName}"`,
        },
      })
    },
  }),

  operation({
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    tag: 'Hub',
    summary: 'Get this description',
    description: 'OpenAPI 3.1 of every operation. /api/docs shows it to people.',
    procedure: 'system.health',
    answer: z.looseObject({ openapi: z.string() }),
    run: async (_, { document }) => document() as { openapi: string },
  }),
]
