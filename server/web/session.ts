import 'server-only'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import type { Identity } from '#server/trpc/context.ts'
import { getHub } from './hub.ts'
import { readSession } from './identity.ts'

/** The session of the page that is being rendered; looked up once a request. */
export const pageSession = cache(async () => readSession(await getHub(), await headers()))

/** For pages of signed-in people: whoever comes without a session goes to the sign-in page. */
export async function requireSession(): Promise<Identity> {
  return (await pageSession()) ?? redirect('/sign-in')
}

/** What the page of a person's own access shows of them. */
export const pageUser = cache(async () => {
  const found = await (await getHub()).auth.api.getSession({
    headers: await headers(),
    query: { disableRefresh: true },
  })
  return { secondFactor: found?.user.twoFactorEnabled === true }
})
