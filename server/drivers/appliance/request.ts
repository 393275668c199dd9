import { type IncomingMessage, request } from 'node:http'
import { BUILD_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { mismatch, unreachable } from './problem.ts'

/** Where an appliance's API appears on the hub, and what it wants to hear. */
export interface Endpoint {
  host: string
  port: number
  /** The API token; only ever in the Authorization header. */
  token: string
  /** Ours. */
  buildId: string
  /** A stream that says nothing, not even a ping, for so many milliseconds is dead. Default: three pings. */
  silenceMs?: number
}

export interface Ask {
  method: 'GET' | 'POST'
  path: string
  body?: string
  /** Milliseconds until the answer's head is there (GET), or all of it (POST, which reads within the same bound). */
  timeoutMs: number
  signal?: AbortSignal
}

/** An answer is never longer: the inventory of a very large source has some MiB. What is longer is a stream. */
const MAX_BODY = 64 * 1024 * 1024

/**
 * Sends the request on a connection of its own (a pooled one may belong to a tunnel that is dead) and waits for the
 * head of the answer, whose protocol number must be ours.
 */
export async function ask(
  endpoint: Endpoint,
  { method, path, body, timeoutMs, signal }: Ask,
): Promise<IncomingMessage> {
  signal?.throwIfAborted()
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const silent = () => unreachable(endpoint, `${path} was not answered for ${timeoutMs} ms`)
    const tooLate = () => sent.destroy(method === 'GET' ? silent() : late(endpoint, path, timeoutMs))
    const timer = setTimeout(tooLate, timeoutMs)
    const abort = () => sent.destroy(signal?.reason)
    const sent = request({
      host: endpoint.host,
      port: endpoint.port,
      agent: false,
      method,
      path,
      headers: {
        authorization: `Bearer ${endpoint.token}`,
        [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
        [BUILD_HEADER]: endpoint.buildId,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    })
    sent.once('response', (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(signal?.aborted || error instanceof ProblemError ? error : unreachable(endpoint, error.message, error))
    })
    sent.once('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    })
    signal?.addEventListener('abort', abort, { once: true })
    sent.end(body)
  }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
  const theirs = message.headers[PROTOCOL_HEADER]
  if (theirs === String(PROTOCOL_VERSION)) return message
  message.destroy()
  throw mismatch(endpoint, message.headers)
}

/** The whole answer as text. */
export async function readText(endpoint: Endpoint, message: IncomingMessage, { path, timeoutMs, signal }: Ask) {
  const timer = setTimeout(() => message.destroy(late(endpoint, path, timeoutMs)), timeoutMs)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > MAX_BODY) throw unreachable(endpoint, `the answer to ${path} is longer than ${MAX_BODY} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ProblemError) throw error
    throw unreachable(endpoint, (error as Error).message, error)
  } finally {
    clearTimeout(timer)
    message.destroy()
  }
}

function late(endpoint: Endpoint, path: string, timeoutMs: number): ProblemError {
  return new ProblemError({
    code: 'deadline',
    happened: `The appliance on port ${endpoint.port} did not answer ${path} within ${timeoutMs} ms.`,
    safe: 'What it was asked may still be under way there.',
    remedy: 'Look whether its host is busy and its tunnel moves; the hub asks again by itself where that is safe.',
  })
}
