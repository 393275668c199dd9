import 'server-only'
import type { Identity, TrpcContext } from '#server/trpc/context.ts'
import { bearerOf } from './access.ts'
import type { WebHub } from './hub.ts'

/** Who the request's cookie stands for, read from the database. Renewing the cookie is the proxy's part. */
export async function readSession(hub: WebHub, requestHeaders: Headers): Promise<Identity | null> {
  const found = await hub.auth.api.getSession({ headers: requestHeaders, query: { disableRefresh: true } })
  return found && ofSession(found)
}

/** The person of a session, as better-auth read it; null for one that was made while its person was being disabled. */
export function ofSession({
  user,
  session,
}: NonNullable<Awaited<ReturnType<WebHub['auth']['api']['getSession']>>>): Identity | null {
  const { id: userId, name, email, role, disabledAt } = user
  if (disabledAt) return null
  return { userId, name, email, role: role ?? 'viewer', scopes: null, via: { kind: 'session', id: session.id } }
}

/** Where the request comes from: client-address.ts has put the true address there. */
export const addressOf = (requestHeaders: Headers) => requestHeaders.get('x-forwarded-for')

/**
 * Who asks: by the token of `Authorization: Bearer`, else by the session's cookie. With a token the cookie does not count, so
 * that what a program asks is never answered as its owner's browser.
 */
export async function identify(hub: WebHub, requestHeaders: Headers): Promise<Identity | null> {
  const bearer = bearerOf(requestHeaders.get('authorization'))
  if (bearer === null) return readSession(hub, requestHeaders)
  const found = await hub.access.tokens.find(bearer, addressOf(requestHeaders))
  if (!found) return null
  const { tokenId, tokenName, ...owner } = found
  return { ...owner, via: { kind: 'token', id: tokenId, name: tokenName } }
}

/** What procedures get, for whoever asks. */
export function contextOf(hub: WebHub, identity: Identity | null, requestHeaders: Headers): TrpcContext {
  const { services, access, setup } = hub
  return { services, access, setup, identity, address: addressOf(requestHeaders) }
}
