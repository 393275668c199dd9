import Negotiator from 'negotiator'
import { Refusal } from './failure.ts'
import type { Operation } from './operation.ts'

export const mediaTypes = { json: 'application/json', events: 'text/event-stream', file: 'application/gzip' } as const

/** @throws Refusal 406 when the asker takes nothing of what the operation answers with */
export function assertAcceptable(operation: Operation, headers: Headers): void {
  const type = mediaTypes[operation.kind]
  const accept = headers.get('accept')
  if (accept === null || accept.trim() === '') return
  if (new Negotiator({ headers: { accept } }).mediaType([type]) !== undefined) return
  throw new Refusal(406, {
    code: 'bad_input',
    happened: `This answers ${type} only.`,
    remedy: `Send Accept: ${type}, or no Accept at all.`,
  })
}
