import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import { Refusal } from './failure.ts'
import type { Operation } from './operation.ts'

/** The largest body that is read, in bytes. */
export const MAX_BODY = 64 * 1024

const bad = (happened: string, field?: string, remedy?: string) =>
  new ProblemError({ code: 'bad_input', happened, ...(field ? { field } : {}), ...(remedy ? { remedy } : {}) })

/** Parses by a schema; the first thing that is wrong is named with its field. */
function parsed(schema: z.ZodType | null, value: unknown, where: string): unknown {
  const result = (schema ?? z.strictObject({})).safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = unknown ?? issue?.path.join('.') ?? ''
  const said = unknown ? `is not a field of this ${where}` : (issue?.message ?? 'is not valid')
  throw bad(`${field === '' ? where : field}: ${said}`.slice(0, 2000), field.slice(0, 200) || undefined)
}

/** Query parameters as one object. @throws ProblemError when one stands twice */
function queryOf(search: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of search) {
    if (Object.hasOwn(query, name)) throw bad(`${name}: stands twice in the address`, name)
    query[name] = value
  }
  return query
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  const tooLarge = () =>
    new Refusal(413, {
      code: 'bad_input',
      happened: `The body is larger than ${MAX_BODY / 1024} KiB.`,
      remedy: 'Send the fields of this operation only.',
    })
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function bodyOf(request: Request): Promise<unknown> {
  const bytes = await bytesOf(request)
  if (bytes.byteLength === 0) return {}
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Refusal(415, {
      code: 'bad_input',
      happened: `A body of the type "${type.slice(0, 100)}" is not read here.`,
      remedy: 'Send JSON, with the header Content-Type: application/json.',
    })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw bad('The body is not JSON in UTF-8.')
  }
}

export interface Input {
  params: unknown
  query: unknown
  body: unknown
}

/**
 * All that a request says, by the operation's schemas.
 * @throws ProblemError `bad_input` naming the field; Refusal 413 or 415
 */
export async function readInput(
  request: Request,
  operation: Operation,
  params: Record<string, string>,
): Promise<Input> {
  const read = {
    params: parsed(operation.params, params, 'address'),
    query: parsed(operation.query, queryOf(new URL(request.url).searchParams), 'address'),
  }
  if (operation.method === 'GET' || operation.method === 'DELETE') return { ...read, body: {} }
  const body = await bodyOf(request)
  return { ...read, body: parsed(operation.body, body, 'body') }
}
