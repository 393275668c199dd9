import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { testDirectory } from '#e2e/world/files.ts'
import { totp } from '#e2e/world/totp.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { readEnv } from '#server/env.ts'
import { type Auth, createAuth } from '../auth/auth.ts'
import { createAdministrator, ensureSetupToken } from '../auth/setup.ts'
import { createSignInLink } from '../auth/sign-in-link.ts'
import { createAccess } from './access.ts'
import type { AccessServices } from './api.ts'
import { hashOf } from './tokens.ts'

const made = new AsyncDisposableStack()
const url = 'https://hub.example'
const password = 'correct horse battery'
let prisma: PrismaClient
let auth: Auth
let access: AccessServices
let ada: string
beforeAll(async () => {
  const home = made.use(await testDirectory('access')).path
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  const env = readEnv({ NODE_ENV: 'test', SENDENSE_HOME: home, DATABASE_URL: database.url, SENDENSE_URL: url })
  auth = await createAuth({ prisma, env })
  access = createAccess(prisma, url)
  const token = (await ensureSetupToken({ prisma, env })) ?? expect.unreachable()
  const first = { token, name: 'Ada', email: 'ada@example.org', password }
  ada = (await createAdministrator({ prisma, env, auth }, first)).userId
})
afterAll(() => made.disposeAsync())

const post = (endpoint: string, body: object, cookie = '') =>
  auth.handler(
    new Request(`${url}/api/auth${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, cookie },
      body: JSON.stringify(body),
    }),
  )
const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .filter((line) => !/max-age=0/i.test(line))
    .map((line) => line.split(';')[0])
    .join('; ')
const signIn = (email: string, secret = password) => post('/sign-in/email', { email, password: secret })
const whoIs = (cookie: string) => auth.api.getSession({ headers: new Headers({ cookie }) })
const tokenOf = (link: { url: string }) => new URL(link.url).hash.slice(1)
const refusedAs = (code: string) => ({ problem: { code } })

const secretOf = (uri: string) => new URL(uri).searchParams.get('secret') ?? ''

describe('tokens', () => {
  const scopes = ['read' as const]

  it('are told once, kept as a hash, and stand for their owner as the owner is now', async () => {
    const { token, view } = await access.tokens.create(ada, { name: 'nightly', scopes, expiresInDays: 1 })
    expect(token).toMatch(/^sendense_[\w-]{43}$/)
    expect(token.startsWith(view.prefix)).toBe(true)
    expect(JSON.stringify(await prisma.accessToken.findMany())).not.toContain(token)
    expect(await access.tokens.find(token, '192.0.2.1')).toMatchObject({ userId: ada, role: 'administrator', scopes })
    const [first] = await access.tokens.list(ada)
    expect(first).toMatchObject({ state: 'active', lastAddress: '192.0.2.1' })
    await access.tokens.find(token, '192.0.2.2')
    expect((await access.tokens.list(ada))[0]).toMatchObject({
      lastUsedAt: first?.lastUsedAt,
      lastAddress: '192.0.2.1',
    })
    expect(await access.tokens.find(`${token.slice(0, -1)}!`, null)).toBeNull()
    expect(await access.tokens.find(`sendense_${'A'.repeat(43)}`, null)).toBeNull()
  })

  it('end by age and by revoking, which is the owner’s alone', async () => {
    const { token, view } = await access.tokens.create(ada, { name: 'old', scopes, expiresInDays: null })
    await prisma.accessToken.update({ where: { hash: hashOf(token) }, data: { expiresAt: new Date() } })
    expect(await access.tokens.find(token, null)).toBeNull()
    await prisma.accessToken.update({ where: { hash: hashOf(token) }, data: { expiresAt: null } })
    await expect(access.tokens.revoke('somebody', view.id)).rejects.toMatchObject(refusedAs('not_found'))
    expect(await access.tokens.find(token, null)).not.toBeNull()
    await access.tokens.revoke(ada, view.id)
    expect(await access.tokens.find(token, null)).toBeNull()
    expect((await access.tokens.list(ada)).find(({ id }) => id === view.id)?.state).toBe('revoked')
    await expect(access.tokens.revoke(ada, view.id)).rejects.toMatchObject(refusedAs('not_found'))
  })
})

describe('people', () => {
  it('choose a password by a link that works once, and its new one ends their sessions', async () => {
    const { person, link } = await access.people.invite({ name: 'Bob', email: 'Bob@example.org', role: 'operator' })
    expect(person).toMatchObject({ email: 'bob@example.org', state: 'invited', sessions: 0 })
    expect(JSON.stringify(await prisma.verification.findMany())).not.toContain(tokenOf(link))
    const chosen = { token: tokenOf(link), password }
    expect((await post('/sign-in/password', { ...chosen, password: 'short' })).status).toBe(400)
    const tries = await Promise.all([1, 2, 3].map(() => post('/sign-in/password', chosen)))
    expect(tries.map(({ status }) => status).toSorted()).toEqual([200, 401, 401])
    const cookie = cookieOf(await signIn('bob@example.org'))
    expect((await whoIs(cookie))?.user).toMatchObject({ role: 'operator' })

    const older = await access.people.passwordLink(person.id)
    const newer = await access.people.passwordLink(person.id)
    const another = 'another horse battery'
    expect((await post('/sign-in/password', { token: tokenOf(older), password: another })).status).toBe(401)
    expect((await post('/sign-in/password', { token: tokenOf(newer), password: another })).status).toBe(200)
    expect(await whoIs(cookie)).toBeNull()
    expect((await signIn('bob@example.org')).status).toBe(401)
    expect((await signIn('bob@example.org', another)).status).toBe(200)
    await expect(access.people.invite({ name: 'Bob', email: 'BOB@example.org', role: 'viewer' })).rejects.toMatchObject(
      { problem: { code: 'conflict', field: 'email' } },
    )
  })

  it('lose what they may at once: role, session and token', async () => {
    const bob = (await access.people.list()).find(({ email }) => email === 'bob@example.org') ?? expect.unreachable()
    const cookie = cookieOf(await signIn(bob.email, 'another horse battery'))
    const { token } = await access.tokens.create(bob.id, { name: 'b', scopes: ['backup'], expiresInDays: null })
    await access.people.setRole(bob.id, 'viewer')
    expect((await whoIs(cookie))?.user.role).toBe('viewer')
    expect((await access.tokens.find(token, null))?.role).toBe('viewer')
    expect(await access.people.setDisabled(bob.id, true)).toMatchObject({ state: 'disabled', sessions: 0 })
    expect(await whoIs(cookie)).toBeNull()
    expect(await access.tokens.find(token, null)).toBeNull()
    expect((await signIn(bob.email, 'another horse battery')).status).toBe(403)
    await access.people.setDisabled(bob.id, false)
    expect(await access.tokens.find(token, null)).not.toBeNull()
    expect(await access.people.endAccess(bob.id)).toMatchObject({ sessions: 0, tokens: 0 })
  })

  it('keep their last administrator, also when two leave at once', async () => {
    const last = refusedAs('conflict')
    for (const change of [
      () => access.people.setRole(ada, 'viewer'),
      () => access.people.setDisabled(ada, true),
      () => access.people.remove(ada),
    ])
      await expect(change()).rejects.toMatchObject(last)
    const bob = (await access.people.list()).find(({ email }) => email === 'bob@example.org') ?? expect.unreachable()
    const eve = await access.people.invite({ name: 'Eve', email: 'eve@example.org', role: 'administrator' })
    await expect(access.people.setRole(ada, 'viewer'), 'an invited one cannot sign in').rejects.toMatchObject(last)
    await access.people.setRole(bob.id, 'administrator')
    const both = await Promise.allSettled([access.people.setRole(ada, 'viewer'), access.people.remove(bob.id)])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await prisma.user.update({ where: { id: ada }, data: { role: 'administrator' } })
    await access.people.remove(eve.person.id)
    expect((await access.people.list()).some(({ id }) => id === eve.person.id)).toBe(false)
  })

  it('see where they are signed in, and end it', async () => {
    const cookies = [cookieOf(await signIn('ada@example.org')), cookieOf(await signIn('ada@example.org'))]
    const current = (await whoIs(cookies[0] ?? ''))?.session.id ?? null
    const all = await access.sessions.list(ada, current)
    expect(all.filter((session) => session.current)).toHaveLength(1)
    const other = all.find((session) => !session.current)?.id ?? expect.unreachable()
    await expect(access.sessions.revoke('somebody', other)).rejects.toMatchObject(refusedAs('not_found'))
    expect(await access.sessions.revokeOthers(ada, current)).toBeGreaterThan(0)
    expect(await whoIs(cookies[0] ?? '')).not.toBeNull()
    expect(await whoIs(cookies[1] ?? '')).toBeNull()
  })
})

describe('a second factor', () => {
  it('is asked for once it is enabled, opens once, and has a way back', async () => {
    const cookie = cookieOf(await signIn('ada@example.org'))
    const enabled = (await (await post('/two-factor/enable', { password }, cookie)).json()) as {
      totpURI: string
      backupCodes: string[]
    }
    expect((await signIn('ada@example.org').then(cookieOf).then(whoIs)) !== null, 'not before it is confirmed').toBe(
      true,
    )
    const first = totp(secretOf(enabled.totpURI))
    const confirmed = await post('/two-factor/verify-totp', { code: first }, cookie)
    expect(confirmed.status).toBe(200)

    const asked = await signIn('ada@example.org')
    expect(await asked.json()).toMatchObject({ twoFactorRedirect: true })
    expect(await whoIs(cookieOf(asked))).toBeNull()
    const wrong = await post('/two-factor/verify-totp', { code: '000000' }, cookieOf(asked))
    expect(wrong.status).toBe(401)
    const again = await post('/two-factor/verify-totp', { code: first }, cookieOf(asked))
    expect(again.status, 'the code that confirmed it').toBe(401)
    expect(await whoIs(cookieOf(again))).toBeNull()

    const next = await signIn('ada@example.org').then(cookieOf)
    const signedIn = await post(
      '/two-factor/verify-totp',
      { code: totp(secretOf(enabled.totpURI), 1), trustDevice: true },
      next,
    )
    expect(signedIn.status).toBe(200)
    expect(signedIn.headers.getSetCookie().join()).not.toContain('trust_device')
    expect((await whoIs(cookieOf(signedIn)))?.user.email).toBe('ada@example.org')

    const code = enabled.backupCodes[0] ?? ''
    const lost = await post('/two-factor/verify-backup-code', { code }, await signIn('ada@example.org').then(cookieOf))
    expect(lost.status).toBe(200)
    const reused = await post(
      '/two-factor/verify-backup-code',
      { code },
      await signIn('ada@example.org').then(cookieOf),
    )
    expect(reused.status).toBe(401)
    await expect(createSignInLink({ prisma, url, email: 'ada@example.org' })).rejects.toMatchObject(
      refusedAs('conflict'),
    )
    expect(JSON.stringify(await prisma.twoFactor.findMany())).not.toContain(code)

    await access.people.turnOffSecondFactor(ada)
    expect(await whoIs(cookieOf(await signIn('ada@example.org')))).not.toBeNull()
  })
})

describe('the audit trail', () => {
  const note = (action: string, target: Record<string, unknown> | null = null) => ({
    ...{ userId: ada, who: 'ada@example.org', via: 'session' as const, token: null, address: '192.0.2.1' },
    ...{ action, target, outcome: 'done' as const, code: null },
  })

  it('grows, is found again, and nobody changes it', async () => {
    for (const action of ['backups.start', 'backups.cancel', 'people.invite'])
      await access.audit.note(note(action, { name: `50%_of ${action}` }))
    const { items, nextCursor } = await access.audit.list({ search: 'BACKUPS', limit: 1 })
    expect(items).toMatchObject([{ action: 'backups.cancel', target: { name: '50%_of backups.cancel' } }])
    const rest = await access.audit.list({ search: 'backups', cursor: nextCursor ?? undefined })
    expect(rest.items).toMatchObject([{ action: 'backups.start' }])
    expect(rest.nextCursor).toBeNull()
    expect((await access.audit.list({ search: '50%_of' })).items).toHaveLength(3)
    expect((await access.audit.list({ search: '%_invite' })).items).toHaveLength(0)
    expect((await access.audit.list({ outcome: 'refused' })).items).toHaveLength(0)
    expect((await access.audit.list({ from: new Date(Date.now() + 60_000).toISOString() })).items).toHaveLength(0)
    expect(await Array.fromAsync(access.audit.all({}))).toHaveLength(3)
    await expect(prisma.auditEntry.updateMany({ data: { who: 'nobody' } })).rejects.toThrow('append-only')
    await expect(prisma.auditEntry.deleteMany()).rejects.toThrow('append-only')
    await expect(prisma.$executeRaw`TRUNCATE "audit_entries"`).rejects.toThrow('append-only')
  })

  it('is kept as long as it is said, 30 days at least', async () => {
    const old = new Date(Date.now() - 40 * 24 * 3600_000)
    await prisma.auditEntry.create({ data: { ...note('old'), target: {}, at: old } })
    expect(await access.audit.setRetention(50)).toEqual({ days: 50 })
    expect((await access.audit.list({ search: 'old' })).items).toHaveLength(1)
    await access.audit.setRetention(30)
    expect((await access.audit.list({ search: 'old' })).items).toHaveLength(0)
    expect((await access.audit.list({})).items).toHaveLength(3)
    await expect(access.audit.setRetention(29)).rejects.toThrow()
  })
})
