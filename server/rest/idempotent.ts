import { createHash } from 'node:crypto'
import type { Answer, Idempotency } from '../services/idempotency/service.ts'
import { Refusal } from './failure.ts'
import type { Input } from './input.ts'
import type { Operation } from './operation.ts'

export const KEY_HEADER = 'idempotency-key'
const KEY = /^[\x21-\x7e]{1,255}$/

/** What tells one request from another: the same fields in another order are the same request. */
export function requestSign(operation: Operation, input: Input): string {
  return createHash('sha256')
    .update(JSON.stringify([operation.id, input]))
    .digest('hex')
}

/** The request's key. @throws Refusal 400 for one that is not readable */
function keyOf(headers: Headers): string | null {
  const key = headers.get(KEY_HEADER)
  if (key === null || KEY.test(key)) return key
  throw new Refusal(400, {
    code: 'bad_input',
    field: KEY_HEADER,
    happened: 'Idempotency-Key: holds 1 to 255 visible ASCII characters.',
    remedy: 'Send a random one for each thing you want done, like a UUID.',
  })
}

const reused = () =>
  new Refusal(422, {
    code: 'bad_input',
    field: KEY_HEADER,
    happened: 'This Idempotency-Key was used for another request.',
    safe: 'Nothing was changed.',
    remedy: 'Take a new key for each thing you want done.',
  })

const running = () =>
  new Refusal(
    409,
    {
      code: 'busy',
      happened: 'The first request with this Idempotency-Key is still being worked on.',
      safe: 'It goes on undisturbed.',
      remedy: 'Send the same request again in a second: it gets the same answer.',
    },
    { 'retry-after': '1' },
  )

/**
 * Does a thing once for each key: sent again, it is answered what it was answered first, with `Idempotency-Replayed: true`.
 * Faults of ours (5xx) are not kept: the same key may try again.
 */
export async function once(
  keys: Idempotency,
  asked: { owner: string; headers: Headers; operation: Operation; input: Input },
  work: () => Promise<Answer>,
): Promise<{ answer: Answer; replayed: boolean }> {
  const key = asked.operation.method === 'POST' ? keyOf(asked.headers) : null
  if (key === null) return { answer: await work(), replayed: false }
  const named = { owner: asked.owner, key }
  const begun = await keys.begin(named, requestSign(asked.operation, asked.input))
  if (begun.kind === 'other') throw reused()
  if (begun.kind === 'running') throw running()
  if (begun.kind === 'answered') return { answer: begun.answer, replayed: true }
  let answer: Answer | null = null
  try {
    answer = await work()
  } finally {
    if (answer === null || answer.status >= 500) await keys.release(named, begun.holder)
  }
  if (answer.status < 500) await keys.finish(named, begun.holder, answer)
  return { answer, replayed: false }
}
