import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import type { z } from 'zod'
import { ENROLMENT_BODY_BYTES } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { HubServices } from '#server/services/api.ts'
import { TooManyTries } from '#server/services/enrolments/door.ts'
import { problemOf, withCode } from '#server/trpc/errors.ts'
import { getHub } from './hub.ts'
import { addressOf } from './identity.ts'
import { logFault } from './log.ts'
import { restProblem } from './rest-problem.ts'

const tooLong = () =>
  restProblem(413, {
    code: 'bad_input',
    happened: `The request is longer than ${ENROLMENT_BODY_BYTES} bytes.`,
    safe: 'Nothing was changed.',
  })

/** The body as text; null when it is longer than it may be, of which no more is read then. */
async function readText(request: Request): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > ENROLMENT_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws ProblemError `bad_input` */
function parse<T>(text: string, schema: z.ZodType<T>): T {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    throw new ProblemError({ code: 'bad_input', happened: 'The request is not JSON.' })
  }
  const parsed = schema.safeParse(said)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new ProblemError({
    code: 'bad_input',
    field,
    happened: `${field}: ${issue?.message ?? 'not valid'}`.slice(0, 500),
  })
}

/** Answers one of the three questions of an appliance that enrols; it has no session and needs none. */
export async function enrol<T>(
  request: Request,
  schema: z.ZodType<T>,
  ask: (door: HubServices['enrolmentDoor'], input: T, address: string | null) => Promise<object>,
): Promise<Response> {
  try {
    const text = await readText(request)
    if (text === null) return tooLong()
    const input = parse(text, schema)
    const { services } = await getHub()
    const answer = await ask(services.enrolmentDoor, input, addressOf(request.headers))
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
  } catch (thrown) {
    if (thrown instanceof TooManyTries) {
      const seconds = Math.ceil(thrown.waitMs / 1000)
      const happened = `There were too many failed tries. The next one is allowed in ${seconds} s.`
      const response = restProblem(429, { code: 'busy', happened, safe: 'Nothing was changed.' })
      response.headers.set('retry-after', String(seconds))
      return response
    }
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
    const error = withCode(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause }))
    logFault(error, new URL(request.url).pathname)
    return restProblem(getHTTPStatusCodeFromError(error), problemOf(error))
  }
}
