import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'

const app = path.resolve(import.meta.dirname, '../app')

/** Every address the app folder makes, with made-up values for its parameters. */
async function addresses(kind: 'page.tsx' | 'route.ts'): Promise<string[]> {
  const files = await readdir(app, { recursive: true })
  return files
    .filter((file) => path.basename(file) === kind)
    .map((file) => path.dirname(file).split(path.sep))
    .map((parts) => parts.filter((part) => part !== '.' && !part.startsWith('(')))
    .map((parts) => `/${parts.map((part) => (part.startsWith('[') ? 'x' : part)).join('/')}`)
}

const open = {
  'page.tsx': ['/setup', '/sign-in', '/sign-in/link', '/sign-in/password'],
  'route.ts': ['/api/auth/x', '/api/health'],
}

/** The viewer of the API is a page for people, whatever its address. */
const isPage = (address: string) => address.startsWith('/api/docs')

test('every page leads a stranger to the door, without a word of what is behind it', async ({ request, stack }) => {
  const viewers = (await addresses('route.ts')).filter(isPage)
  const pages = [...(await addresses('page.tsx')), ...viewers].filter((page) => !open['page.tsx'].includes(page))
  expect(pages.length).toBeGreaterThanOrEqual(9)
  for (const page of [...pages, '/no-such-page', '/_next/image?url=%2Ficon.svg&w=64&q=75']) {
    const response = await request.get(page, { maxRedirects: 0 })
    expect(response.status(), page).toBe(307)
    expect(new URL(response.headers().location ?? '', stack.url).pathname).toMatch(/^\/(sign-in|setup)$/)
    expect(await response.text()).not.toContain(stack.vmName)
  }
})

test('every route and every procedure refuses a stranger', async ({ request }) => {
  const routes = (await addresses('route.ts')).filter((route) => !isPage(route) && !open['route.ts'].includes(route))
  expect(routes).toContain('/api/trpc/x')
  const procedures = Object.keys(appRouter._def.procedures).filter((name) => !name.startsWith('setup.'))
  expect(procedures.length).toBeGreaterThan(25)
  for (const address of [...routes, ...procedures.map((name) => `/api/trpc/${name}`), '/api/no-such-route']) {
    const response = await request.get(address)
    expect(response.status(), address).toBe(401)
    expect(await response.json()).toMatchObject({ problem: { code: 'unauthenticated' } })
  }
})

test('a batch cannot hide a procedure behind an open one, and a forged cookie is none', async ({ request }) => {
  const input = encodeURIComponent(JSON.stringify({ 0: { json: null }, 1: { json: null } }))
  for (const name of ['setup.state,vms.list', 'setup.state%2Cvms.list', 'vms.list,setup.state']) {
    expect((await request.get(`/api/trpc/${name}?batch=1&input=${input}`)).status(), name).toBe(401)
  }
  const forged = await request.get('/api/trpc/vms.list', { headers: { cookie: 'sendense.session_token=abc.def' } })
  expect(forged.status()).toBe(401)
})

test('another site cannot change anything with the cookie of a signed-in person', async ({ hub, api, stack }) => {
  expect(await api.query<unknown[]>('repositories.list')).toHaveLength(1)
  const data = { json: { name: 'evil', path: '/tmp/evil' } }
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, {}] as Record<string, string>[]) {
    const response = await hub.request.post(`${stack.url}/api/trpc/repositories.create`, { data, headers })
    expect(response.status(), JSON.stringify(headers)).toBe(403)
  }
  expect(await api.query<unknown[]>('repositories.list')).toHaveLength(1)
})

test('answers carry the headers that keep them from being misused', async ({ request }) => {
  const page = await request.get('/sign-in')
  const headers = page.headers()
  expect(headers['content-security-policy']).toMatch(
    /default-src 'none'.*script-src 'self' 'nonce-[^']+' 'strict-dynamic';/,
  )
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  expect(headers['x-powered-by']).toBeUndefined()
  const health = await request.get('/api/health')
  expect(health.status()).toBe(200)
  expect(await health.json()).toEqual({ ok: true, buildId: expect.any(String), database: true, engine: true })
})

test('a session that ends leads a tab to the door', async ({ hub, api, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  await hub.goto('/repositories')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  expect((await api.post('/api/auth/sign-out', {})).ok()).toBe(true)
  await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Backups' }).click()
  await expect(hub).toHaveURL(/\/sign-in/)
})

test('a one-time link signs in once', async ({ page, browser, stack, api, tell, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  await api.signIn()
  const link = (await tell('sign-in-link')) as string
  expect(link).toMatch(/\/sign-in\/link#[\w-]{40,}$/)
  const stranger = await browser.newContext()
  const theirs = await stranger.newPage()
  await theirs.goto(link)
  await theirs.waitForURL(`${stack.url}/`)
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Overview')
  await stranger.close()
  await page.context().clearCookies()
  await page.goto(link)
  await expect(page.getByTestId('problem')).toContainText('used already')
  await page.goto('/vms')
  await expect(page).toHaveURL(/\/sign-in/)
})
