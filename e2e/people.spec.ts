import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { execa } from 'execa'
import { allows, roles, scopes } from '#contracts/access.ts'
import { apiRoutes } from '#server/web/routes.ts'
import type { StackInfo } from './fixtures/stack-info.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { expectEverywhereAccessible } from './pages/axe.ts'
import { shoot } from './pages/shoot.ts'
import { totp } from './world/totp.ts'

const grace = { name: 'Grace', email: 'grace@example.org', password: 'a compiler is a program' }
const program = path.resolve(import.meta.dirname, '../dist/sendense.mjs')
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function signIn(page: Page, stack: StackInfo): Promise<void> {
  await page.goto(`${stack.url}/sign-in`)
  await page.getByLabel('Email').fill(grace.email)
  await page.getByLabel('Password').fill(grace.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const overview = (page: Page) => expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview')

/** Enables the factor on the page of one's own access; answers the authenticator's key. */
async function enableSecondFactor(page: Page): Promise<string> {
  await page.goto('/settings/access')
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByLabel('Password').fill(grace.password)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10)
  const secret = ((await page.getByTestId('totp-secret').locator('code').textContent()) ?? '').trim()
  await page.getByLabel('3. The code it shows now').fill(totp(secret))
  await page.getByRole('button', { name: 'Enable it' }).click()
  await expect(page.getByText('Asked for at sign-in')).toBeVisible()
  return secret
}

test('a person is invited, signs in with a second factor, and works the command line with a token of theirs; a viewer is offered nothing more', async ({
  hub,
  browser,
  stack,
  expectedErrors,
}, info) => {
  expectedErrors.push(FAILED_REQUEST)
  await hub.goto('/settings/people')
  await hub.getByRole('button', { name: 'Invite somebody' }).click()
  await hub.getByLabel('Name').fill(grace.name)
  await hub.getByLabel('Email').fill(grace.email)
  await hub.getByRole('button', { name: 'Make the link' }).click()
  const link = (await hub.getByTestId('password-link').locator('code').textContent()) ?? ''
  await hub.getByRole('button', { name: 'I have copied it' }).click()
  await expect(hub.getByTestId('people')).toContainText('Invited')

  const context = await browser.newContext({ baseURL: stack.url })
  const page = await context.newPage()
  await page.goto(link)
  await page.getByLabel('New password').fill(grace.password)
  await page.getByRole('button', { name: 'Keep this password' }).click()
  await expect(page.getByRole('status')).toContainText(grace.email)
  await signIn(page, stack)
  await overview(page)

  await page.goto('/repositories')
  await expect(page.getByTestId('repositories')).toBeVisible()
  for (const name of ['Add a repository', 'Forget', 'Probe'])
    await expect(page.getByRole('button', { name })).toHaveCount(0)
  await page.goto('/settings/people')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not for your role')
  expect(await page.content()).not.toContain('ada@example.org')

  const secret = await enableSecondFactor(page)
  await page.goto('/settings')
  await expect(page.getByRole('link', { name: 'People' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/sign-in/)
  await signIn(page, stack)
  await page.getByLabel('Code of your authenticator').fill(totp(secret, 1))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await overview(page)

  await page.goto('/settings/access')
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByLabel('Name').fill('nightly')
  await page.getByRole('checkbox', { name: /^backup/ }).check()
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = ((await page.getByTestId('new-token').locator('code').textContent()) ?? '').trim()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  expect(await page.content()).not.toContain(token)
  const tokenFile = info.outputPath('token')
  await writeFile(tokenFile, token, { mode: 0o600 })
  const env = { SENDENSE_URL: stack.url, SENDENSE_TOKEN_FILE: tokenFile }
  const sendense = (...args: string[]) => execa(process.execPath, [program, ...args], { env, reject: false })
  expect(await sendense('vm', 'list')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(stack.vmName) })
  const start = await sendense('backup', 'create', stack.vmName)
  expect(start.exitCode, `the scope is there, but a viewer does not back up: ${start.stderr}`).toBe(4)
  await expectEverywhereAccessible(page, 'Access')
  await shoot(page, info, 'access')
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Yes, revoke it' }).click()
  await expect(page.getByTestId('tokens')).toContainText('Revoked')
  expect((await sendense('vm', 'list')).exitCode).toBe(4)
  await context.close()

  await hub.goto('/settings/audit')
  await hub.getByRole('searchbox').fill('grace@example.org')
  const audit = hub.getByTestId('audit')
  for (const action of [
    'people.invite',
    'sign-in.password',
    'two-factor.verify-totp',
    'tokens.create',
    'tokens.revoke',
  ])
    await expect(audit).toContainText(action)
  await expectEverywhereAccessible(hub, 'Audit')
  await shoot(hub, info, 'audit')
  await expect(audit).toContainText('Invited somebody')
  // The token by its name, though it was revoked by its id.
  await expect(audit.getByRole('row').filter({ hasText: 'tokens.revoke' })).toContainText('nightly')
  const from = hub.getByLabel('From', { exact: true })
  await from.fill('2099-01-01')
  await expect(hub.getByText('Nothing in the audit trail matches.')).toBeVisible()
  await from.fill('2020-01-01')
  await expect(audit).toContainText('people.invite')
  const saved = await hub.request.get(`${stack.url}/api/v1/audit?format=csv&search=people.invite`)
  expect(await saved.text()).toMatch(/^seq,at,.*\r\n\d+,[^\r]*,people\.invite,/)
  for (const wrong of ['outcom=done', 'format=csv&format=jsonl', 'format=xml', 'from=yesterday'])
    expect((await hub.request.get(`${stack.url}/api/v1/audit?${wrong}`)).status(), wrong).toBe(400)
  await hub.reload()
  await expect(audit).toContainText('Saved the audit trail')
  await hub.goto('/settings/people')
  await expectEverywhereAccessible(hub, 'People')
  await shoot(hub, info, 'people')
})

test('every route answers nobody, and tokens of every scope, as its rule says', async ({ api, request, stack }) => {
  await api.signIn()
  const tokens = await Promise.all(
    scopes.map(async (scope) => {
      const input = { name: `route ${scope}`, scopes: [scope], expiresInDays: 1 }
      const { token, view } = await api.mutate<{ token: string; view: { id: string } }>('tokens.create', input)
      return { scope, token, id: view.id }
    }),
  )
  const role = roles[3]
  for (const [address, { methods }] of Object.entries(apiRoutes))
    for (const rule of [methods.GET].filter((found) => found !== undefined)) {
      const url = `${stack.url}${address.replace(/\[[^\]]+\]/g, 'x')}`
      const status = async (options = {}) => (await request.get(url, { maxRedirects: 0, ...options })).status()
      if (rule !== 'open') expect([307, 401], `${address}, nobody`).toContain(await status())
      for (const { scope, token } of tokens) {
        const refused = [307, 401, 403].includes(await status(bearer(token)))
        // Sign-in takes no token, and the viewer of the API is a page.
        const closed = address.startsWith('/api/auth/') || address.startsWith('/api/docs')
        expect(refused, `${address}, ${scope}`).toBe(closed || !allows(rule, { role, scopes: [scope] }))
      }
    }
  for (const { id } of tokens) await api.mutate('tokens.revoke', { id })
})
