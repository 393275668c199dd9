import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { openDatabase } from '#server/db/client.ts'
import type { HubEnv } from '#server/env.ts'
import { createSignInLink } from '#server/services/auth/sign-in-link.ts'
import { createClient, type HubClient } from './client.ts'

/** A hub on this machine: its settings and its database. */
export interface LocalHub {
  env: HubEnv
  databaseUrl: string
}

const EMAIL = 'demo@sendense.invalid'

const originOf = (hub: LocalHub) => new URL(hub.env.url).origin

/** First run: makes the administrator with the hub's setup token and a password that nobody needs to know. */
async function ensureAdministrator(hub: LocalHub): Promise<void> {
  const client = createClient(hub.env.url, { origin: originOf(hub) })
  if (!(await client.setup.state.query()).needed) return
  const token = (await readFile(path.join(hub.env.paths.secrets, 'setup-token'), 'utf8')).trim()
  const password = randomBytes(24).toString('base64url')
  await client.setup.createAdministrator.mutate({ token, name: 'Demo', email: EMAIL, password })
}

/** A link that signs a person in once. Made on the hub itself: whoever can read its database may. */
export async function signInLink(hub: LocalHub): Promise<{ url: string; token: string; expiresAt: Date }> {
  const prisma = openDatabase(hub.databaseUrl)
  try {
    return await createSignInLink({ prisma, url: hub.env.url, email: EMAIL })
  } finally {
    await prisma.$disconnect()
  }
}

/** Signs in as a program does: a one-time token against a session cookie. */
export async function signIn(hub: LocalHub): Promise<HubClient> {
  return createClient(hub.env.url, { origin: originOf(hub), cookie: await sessionCookie(hub) })
}

/** The `Cookie` header of a signed-in session. */
export async function sessionCookie(hub: LocalHub): Promise<string> {
  await ensureAdministrator(hub)
  const { token } = await signInLink(hub)
  const origin = originOf(hub)
  const response = await fetch(new URL('/api/auth/sign-in/link', hub.env.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token }),
  })
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  if (!response.ok || cookie === '') throw new Error(`The hub refused the sign-in (${response.status}).`)
  return cookie
}
