import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { testDirectory } from '#e2e/world/files.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { type HubEnv, readEnv } from '#server/env.ts'
import { type Auth, createAuth } from './auth.ts'
import { createAdministrator, ensureSetupToken, type NewAdministrator } from './setup.ts'
import { createSignInLink } from './sign-in-link.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
let env: HubEnv
let auth: Auth
beforeAll(async () => {
  const home = made.use(await testDirectory('auth')).path
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  env = readEnv({
    NODE_ENV: 'test',
    SENDENSE_HOME: home,
    DATABASE_URL: database.url,
    SENDENSE_URL: 'https://hub.example',
  })
})
beforeEach(async () => {
  await prisma.user.deleteMany()
  await prisma.installation.update({ where: { id: 1 }, data: { setupClaimedAt: null } })
  auth = await createAuth({ prisma, env })
})
afterAll(() => made.disposeAsync())

const password = 'correct horse battery'
const person = (name: string, token: string): NewAdministrator => ({
  token,
  name,
  email: `${name}@Example.org`,
  password,
})
const token = async () => (await ensureSetupToken({ prisma, env })) ?? expect.unreachable()
const first = async () => createAdministrator({ prisma, env, auth }, person('ada', await token()))

const post = (endpoint: string, body: object, headers: Record<string, string> = {}) =>
  auth.handler(
    new Request(`https://hub.example/api/auth${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://hub.example', ...headers },
      body: JSON.stringify(body),
    }),
  )
const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
const whoIs = (cookie: string) => auth.api.getSession({ headers: new Headers({ cookie }) })

describe('first run', () => {
  it('keeps its secrets for itself', async () => {
    await token()
    for (const name of ['auth-secret', 'setup-token'])
      expect((await stat(path.join(env.paths.secrets, name))).mode & 0o777).toBe(0o600)
    expect((await stat(env.paths.secrets)).mode & 0o777).toBe(0o700)
  })

  it('gives everybody the same token until there is an administrator, then none', async () => {
    const tokens = await Promise.all([token(), token(), token()])
    expect(new Set(tokens).size).toBe(1)
    await first()
    expect(await ensureSetupToken({ prisma, env })).toBeNull()
    await expect(stat(path.join(env.paths.secrets, 'setup-token'))).rejects.toThrow('ENOENT')
  })

  it('makes one administrator when several try at once', async () => {
    const right = await token()
    const tries = ['ada', 'bob', 'eve', 'joe'].map((name) =>
      createAdministrator({ prisma, env, auth }, person(name, right)),
    )
    const results = await Promise.allSettled(tries)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ problem: { code: 'conflict' } })
    const users = await prisma.user.findMany({ include: { accounts: true } })
    expect(users).toHaveLength(1)
    expect(users[0]).toMatchObject({ role: 'administrator', accounts: [{ providerId: 'credential' }] })
    expect(users[0]?.accounts[0]?.password).not.toContain(password)
  })

  it('refuses a wrong token, and stays open for the right one', async () => {
    await token()
    await expect(createAdministrator({ prisma, env, auth }, person('eve', 'wrong'))).rejects.toMatchObject({
      problem: { code: 'forbidden', field: 'token' },
    })
    await first()
    expect(await prisma.user.count()).toBe(1)
  })
})

describe('sign-in', () => {
  it('gives a session in a cookie that scripts and other sites do not get', async () => {
    await first()
    const response = await post('/sign-in/email', { email: 'ADA@example.org', password })
    expect(response.status).toBe(200)
    const cookie = response.headers.getSetCookie().find((line) => line.includes('session_token')) ?? ''
    expect(cookie).toMatch(/^__Secure-sendense\.session_token=/)
    for (const attribute of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\//])
      expect(cookie).toMatch(attribute)
    expect((await whoIs(cookieOf(response)))?.user).toMatchObject({ email: 'ada@example.org', role: 'administrator' })
  })

  it('refuses a wrong password, and ends guessing whatever address it comes from', async () => {
    await first()
    const guess = (address: string) =>
      post('/sign-in/email', { email: 'ada@example.org', password: 'wrong password!' }, { 'x-forwarded-for': address })
    for (let n = 1; n <= 10; n++) expect((await guess(`192.0.2.${n}`)).status).toBe(401)
    expect((await guess('192.0.2.200')).status).toBe(429)
    expect(
      (await post('/sign-in/email', { email: 'ada@example.org', password }, { 'x-forwarded-for': '192.0.2.201' }))
        .status,
    ).toBe(429)
  })

  it('takes nothing from another site, and makes no accounts over HTTP', async () => {
    await first()
    const cookie = cookieOf(await post('/sign-in/email', { email: 'ada@example.org', password }))
    expect((await post('/sign-out', {}, { cookie, origin: 'https://evil.example' })).status).toBe(403)
    expect(await whoIs(cookie)).not.toBeNull()
    const eve = { name: 'Eve', email: 'eve@example.org', password, role: 'administrator' }
    expect((await post('/sign-up/email', eve)).status).toBe(404)
    expect((await post('/update-user', { role: 'administrator' }, { cookie })).status).toBe(404)
    expect(await prisma.user.count()).toBe(1)
  })

  it('ends with signing out', async () => {
    await first()
    const cookie = cookieOf(await post('/sign-in/email', { email: 'ada@example.org', password }))
    expect((await post('/sign-out', {}, { cookie })).status).toBe(200)
    expect(await whoIs(cookie)).toBeNull()
  })
})

describe('a sign-in link', () => {
  it('signs in once, of many at once one', async () => {
    await first()
    const link = await createSignInLink({ prisma, url: env.url, email: 'Ada@example.org' })
    expect(link.url).toBe(`https://hub.example/sign-in/link#${link.token}`)
    const answers = await Promise.all([1, 2, 3].map(() => post('/sign-in/link', { token: link.token })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401])
    const won = answers.find(({ status }) => status === 200)
    expect((await whoIs(won ? cookieOf(won) : ''))?.user.email).toBe('ada@example.org')
  })

  it('is kept as a hash only, and dies of age', async () => {
    await first()
    const link = await createSignInLink({ prisma, url: env.url, email: 'ada@example.org' })
    expect(JSON.stringify(await prisma.verification.findMany())).not.toContain(link.token)
    expect(link.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(15 * 60_000)
    await prisma.verification.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } })
    expect((await post('/sign-in/link', { token: link.token })).status).toBe(401)
  })

  it('is made for somebody who is there', async () => {
    await expect(createSignInLink({ prisma, url: env.url, email: 'eve@example.org' })).rejects.toMatchObject({
      problem: { code: 'not_found' },
    })
  })
})
