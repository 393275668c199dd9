import { expect, test } from './fixtures/test.ts'
import { expectColours, expectNoSideways, phone } from './pages/axe.ts'
import { shoot } from './pages/shoot.ts'

test('the API is to be read, filtered and tried in the browser, in the colours of the dashboard', async ({
  hub,
}, info) => {
  await hub.goto('/api/docs')
  const operations = hub.locator('.opblock')
  await expect(hub.getByRole('heading', { name: /^Sendense/ })).toBeVisible()
  await expect.poll(() => operations.count()).toBeGreaterThan(20)
  await shoot(hub, info, 'docs')
  await expectColours(hub)

  await hub.getByPlaceholder('Filter by tag or path').fill('health')
  await expect(operations).toHaveCount(1)
  await operations
    .getByRole('button', { name: /health/ })
    .first()
    .click()
  await hub.getByRole('button', { name: 'Try it out' }).click()
  await hub.getByRole('button', { name: 'Execute' }).click()
  await expect(hub.locator('.live-responses-table .response-col_status').last()).toContainText('200')
  await expect(hub.locator('.live-responses-table')).toContainText('"engine": true')
  await shoot(hub, info, 'tried')
  await expectColours(hub, '.live-responses-table')

  await hub.setViewportSize(phone)
  await expectNoSideways(hub, 'the API on a phone')
})
