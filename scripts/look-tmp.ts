import { chromium } from '@playwright/test'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { startStack } from '#e2e/world/stack.ts'
import { sessionCookie } from '#scripts/demo/sign-in.ts'
import playwright from '../playwright.config.ts'
await using made = new AsyncDisposableStack()
const server = made.use(await startTestPostgres())
const stack = made.use(await startStack({ server, web: true }))
const cookie = await sessionCookie({ env: stack.env, databaseUrl: stack.variables.DATABASE_URL ?? '' })
const browser = await chromium.launch(playwright.use?.launchOptions)
try {
  const [name, value] = cookie.split(/=(.*)/s)
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1440, 390]) {
      const context = await browser.newContext({ baseURL: stack.url, colorScheme: scheme, viewport: { width, height: 900 } })
      await context.addCookies([{ name: name!, value: value!, url: stack.url }])
      const page = await context.newPage()
      page.on('console', (m) => console.log(scheme, width, m.type(), m.text()))
      page.on('pageerror', (e) => console.log('error', e.message))
      page.on('requestfailed', (r) => console.log('failed', r.url()))
      await page.goto('/api/docs')
      await page.locator('.opblock').first().waitFor({ timeout: 60000 })
      await page.screenshot({ path: `/tmp/h-api/docs-${scheme}-${width}.png` })
      console.log('overflow', await page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      if (width === 1440) {
        await page.locator('#operations-Backups-createBackup .opblock-summary-control').click()
        await page.locator('#operations-Backups-createBackup .opblock-body').waitFor()
        await page.screenshot({ path: `/tmp/h-api/docs-${scheme}-open.png`, fullPage: false })
        await page.locator('#operations-Hub-getHealth .opblock-summary-control').click()
        await page.locator('#operations-Hub-getHealth .try-out__btn').click()
        await page.locator('#operations-Hub-getHealth .execute').click()
        await page.locator('#operations-Hub-getHealth .live-responses-table').waitFor()
        console.log('tried', await page.locator('#operations-Hub-getHealth .live-responses-table .response-col_status').last().innerText())
      }
      await context.close()
    }
} finally { await browser.close() }
