import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'

/** Ranges of a fragmented disk are the longest thing anybody sends. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024

/** The whole body as text. @throws ProblemError bad_input when it is too long */
export async function readBody(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes)
      throw new ProblemError({ code: 'bad_input', happened: `The request is longer than ${maxBytes} bytes.` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws ProblemError bad_input naming the field */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new ProblemError({ code: 'bad_input', happened: 'The request is not JSON.' }, { cause })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') ?? ''
  throw new ProblemError({
    code: 'bad_input',
    happened: `The request is not valid: ${field}: ${issue?.message ?? 'unknown fault'}`.slice(0, 2000),
    field: field.slice(0, 200),
  })
}
