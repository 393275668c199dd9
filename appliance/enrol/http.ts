import type { z } from 'zod'
import { ProblemError, problemSchema } from '#contracts/problem.ts'

const TIMEOUT_MS = 30_000

const unavailable = (url: URL, happened: string, cause?: unknown) =>
  new ProblemError(
    {
      code: 'unavailable',
      happened: `The hub at ${url.origin} ${happened}`,
      safe: 'Nothing was changed.',
      remedy:
        'Check --hub: it is the address of the hub’s dashboard. For a certificate of your own CA, set NODE_EXTRA_CA_CERTS.',
    },
    { cause },
  )

/** The deepest reason: fetch itself says only "fetch failed". */
function reason(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message?: string }
  return cause instanceof Error ? reason(cause) : (message ?? String(error))
}

/**
 * Asks the hub one of the questions of contracts/enrolment.ts.
 * @throws ProblemError the hub's own, or `unavailable` when what answers is not the hub
 */
export async function askHub<T>(hub: URL, question: string, body: object, schema: z.ZodType<T>): Promise<T> {
  const url = new URL(`/api/enroll/${question}`, hub)
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual' as const,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }
  const response = await fetch(url, request).catch((error: unknown) => {
    throw unavailable(url, `does not answer: ${reason(error)}.`, error)
  })
  const to = response.headers.get('location')
  if (response.status >= 300 && response.status < 400 && to !== null)
    throw unavailable(url, `sends us on to ${new URL(to, url).origin}: give that address.`)
  const answer = (await response.json().catch(() => null)) as { problem?: unknown } | null
  if (response.ok) {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
  }
  const problem = problemSchema.safeParse(answer?.problem)
  if (problem.success) throw new ProblemError(problem.data)
  throw unavailable(url, `answers with something else (status ${response.status}).`)
}
