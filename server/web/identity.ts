import 'server-only'
import type { Identity, TrpcContext } from '#server/trpc/context.ts'
import { bearerOf } from './access.ts'
import type { WebHub } from './hub.ts'

/** Who the request's cookie stands for, read from the database. Renewing the cookie is the proxy's part. */
export async function readSession(hub: WebHub, requestHeaders: Headers): Promise<Identity | null> {
  const found = await hub.auth.api.getSession({ headers: requestHeaders, query: { disableRefresh: true } })
  return found && ofSession(found)
}

/** The person of a session, as better-auth read it. */
export function ofSession({ user, session }: NonNullable<Awaited<ReturnType<WebHub['auth']['api']['getSession']>>>) {
  const { id: userId, name, email, role } = user
  const via = { kind: 'session' as const, id: session.id }
  return { userId, name, email, role: role ?? 'viewer', scopes: null, via } satisfies Identity
}

/**
 * Who asks: by the token of `Authorization: Bearer`, else by the session's cookie. With a token the cookie does not count, so
 * that what a program asks is never answered as its owner's browser.
 */
export async function identify(hub: WebHub, requestHeaders: Headers): Promise<Identity | null> {
  const bearer = bearerOf(requestHeaders.get('authorization'))
  return bearer === null ? readSession(hub, requestHeaders) : null
}

/** What procedures get, for whoever asks. */
export function contextOf(hub: WebHub, identity: Identity | null): TrpcContext {
  return { services: hub.services, setup: hub.setup, identity }
}
