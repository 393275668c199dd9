import 'server-only'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import type { SessionInfo } from '#server/trpc/context.ts'
import { getHub, type WebHub } from './hub.ts'

/** Who the request's cookie stands for, read from the database. Renewing the cookie is the proxy's part. */
export async function readSession(hub: WebHub, requestHeaders: Headers): Promise<SessionInfo | null> {
  const found = await hub.auth.api.getSession({ headers: requestHeaders, query: { disableRefresh: true } })
  if (!found) return null
  const { id, name, email, role } = found.user
  return { userId: id, name, email, role: role ?? 'viewer' }
}

/** The session of the page that is being rendered; looked up once a request. */
export const pageSession = cache(async () => readSession(await getHub(), await headers()))

/** For pages of signed-in people: whoever comes without a session goes to the sign-in page. */
export async function requireSession(): Promise<SessionInfo> {
  return (await pageSession()) ?? redirect('/sign-in')
}
