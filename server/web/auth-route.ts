import 'server-only'
import type { AuditNote } from '#server/services/access/audit.ts'
import { isAuthEndpoint } from '#server/services/auth/endpoints.ts'
import { isGuessed } from '#server/services/auth/throttle.ts'
import type { Identity } from '#server/trpc/context.ts'
import { getHub, type WebHub } from './hub.ts'
import { addressOf, readSession } from './identity.ts'

/** The person of the session that an answer gives, if it gives one. */
async function signedIn(hub: WebHub, answer: Response): Promise<Identity | null> {
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0])
  return cookies.length === 0 ? null : readSession(hub, new Headers({ cookie: cookies.join('; ') }))
}

/** The address that a request or an answer names, of somebody who is not signed in: read of a copy, because others read the original. */
async function claimed(copy: Request | Response): Promise<string | null> {
  const body: unknown = await copy.json().catch(() => null)
  const email = (body as { email?: unknown } | null)?.email
  return typeof email === 'string' ? email.toLowerCase() : null
}

function outcomeOf(status: number): Pick<AuditNote, 'outcome' | 'code'> {
  if (status < 400) return { outcome: 'done', code: null }
  if (status >= 500) return { outcome: 'failed', code: 'internal' }
  return { outcome: 'refused', code: status === 429 ? 'busy' : status === 403 ? 'forbidden' : 'unauthenticated' }
}

/** Answers a request to better-auth, and writes every sign-in and change into the audit trail. */
export async function answerAuth(request: Request): Promise<Response> {
  const hub = await getHub()
  const { pathname } = new URL(request.url)
  if (request.method === 'GET' || !isAuthEndpoint(request.method, pathname)) return hub.auth.handler(request)
  const copy = request.clone()
  const before = await readSession(hub, request.headers)
  const answer = await hub.auth.handler(request)
  const who = before ?? (answer.ok ? await signedIn(hub, answer) : null)
  // What nobody is slowed down at would fill the trail: of strangers it has tries to get in, as far as those are let through.
  if (!who && (answer.status === 429 || !isGuessed(pathname.slice('/api/auth'.length)))) return answer
  const email = who?.email ?? (await claimed(copy)) ?? (answer.ok ? await claimed(answer.clone()) : null)
  await hub.access.audit.note({
    userId: who?.userId ?? null,
    who: email,
    via: before ? 'session' : 'stranger',
    token: null,
    address: addressOf(request.headers),
    action: pathname.slice('/api/auth/'.length).replaceAll('/', '.'),
    target: null,
    ...outcomeOf(answer.status),
  })
  return answer
}
