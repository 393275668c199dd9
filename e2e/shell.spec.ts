import { administrator } from './fixtures/api.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { expectAccessible, expectEverywhereAccessible } from './pages/axe.ts'

test('the palette finds machines, pages and actions from the keyboard, and gives the focus back', async ({
  hub,
  stack,
}) => {
  const asked: string[] = []
  hub.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await hub.goto('/repositories')
  const search = hub.getByRole('button', { name: /Search or jump to/ })
  await expect(search).toBeEnabled()
  expect(asked.filter((path) => path.includes('overview.machines'))).toEqual([])

  const palette = hub.getByTestId('palette')
  await search.focus()
  await hub.keyboard.press('Control+k')
  await expect(palette.getByRole('combobox')).toBeFocused()
  await expect(palette.getByText('Type to find one of 2 virtual machines.')).toBeVisible()
  await hub.keyboard.press('Escape')
  await expect(palette).toHaveCount(0)
  await expect(search).toBeFocused()

  await hub.keyboard.press('Control+k')
  await hub.keyboard.type(stack.vmName)
  const chosen = palette.locator('[data-selected=true]')
  await expect(chosen).toHaveText(new RegExp(`^${stack.vmName}`))
  await hub.keyboard.press('ArrowDown')
  await expect(chosen).toHaveText(new RegExp(`^Back up ${stack.vmName}`))
  await hub.keyboard.press('ArrowUp')
  await hub.keyboard.press('Enter')
  await expect(hub).toHaveURL(/\/vms\/[0-9a-f-]{36}$/)
  await expect(hub.getByRole('heading', { level: 1 })).toContainText(stack.vmName)

  await hub.keyboard.press('Control+k')
  await hub.keyboard.type('exports')
  await hub.keyboard.press('Enter')
  await expect(hub).toHaveURL(/\/exports$/)
})

test('the palette does things, too, and says when it finds none', { tag: '@long' }, async ({ hub }) => {
  await hub.goto('/repositories')
  await expect(hub.getByRole('button', { name: /Search or jump to/ })).toBeEnabled()
  const palette = hub.getByTestId('palette')
  await hub.keyboard.press('Control+k')
  // At once: the palette may still be on its way, and nothing that is typed is lost.
  await hub.keyboard.type('theme dark')
  await expect(palette.getByRole('combobox')).toHaveValue('theme dark')
  await hub.keyboard.press('Enter')
  await expect(hub.locator('html')).toHaveAttribute('data-theme', 'dark')

  await hub.keyboard.press('Control+k')
  await hub.keyboard.type('no such thing')
  await expect(palette.getByText('Nothing matches.')).toBeVisible()
})

test('the palette says that it reads the machines, and offers the pages meanwhile', { tag: '@long' }, async ({
  hub,
}) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await hub.route(/overview\.machines/, async (route) => {
    await promise
    await route.continue()
  })
  await hub.setViewportSize({ width: 390, height: 844 })
  await hub.goto('/vms')
  await hub.getByRole('button', { name: 'Search or jump to' }).click()
  const palette = hub.getByTestId('palette')
  await expect(palette.getByText('Reading the virtual machines…')).toBeVisible()
  await expect(palette.getByRole('option', { name: 'Backups' })).toBeVisible()
  resolve()
  await expect(palette.getByText(/Type to find/)).toBeVisible()
})

test('a page that hears nothing says since when its figures stand, and catches up', { tag: '@long' }, async ({
  hub,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await hub.setViewportSize({ width: 390, height: 844 })
  await hub.route(/events\.subscribe/, (route) => route.abort())
  await hub.goto('/repositories')
  const connection = hub.getByTestId('connection')
  await expect(connection).toHaveAttribute('data-state', 'reconnecting')
  await expect(connection).toHaveText('Reconnecting…')
  await expect(hub.getByTestId('stale')).toHaveCount(0)
  await expect(connection).toHaveAttribute('data-state', 'stale', { timeout: 20_000 })
  await expect(hub.getByTestId('stale')).toContainText(/No word from the hub since \d{4}.*Backups go on/)
  expect(await hub.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await expectAccessible(hub)
  await hub.unroute(/events\.subscribe/)
  await expect(connection).toHaveAttribute('data-state', 'live', { timeout: 20_000 })
  await expect(hub.getByTestId('stale')).toHaveCount(0)
})

test('a stream that is neither answered nor refused is asked for anew', { tag: '@long' }, async ({ hub }) => {
  let asked = 0
  // The first is let wait for ever, as by a line that went dead.
  await hub.route(/events\.subscribe/, (route) => (++asked === 1 ? undefined : route.continue()))
  await hub.goto('/repositories')
  const connection = hub.getByTestId('connection')
  await expect(connection).toHaveAttribute('data-state', 'live', { timeout: 40_000 })
  expect(asked).toBe(2)
})

test('an address that leads nowhere keeps the shell and the ways on', async ({ hub, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  const response = await hub.goto('/no/such/page')
  expect(response?.status()).toBe(404)
  await expect(hub).toHaveTitle('Not found · Sendense')
  await expect(hub.getByRole('navigation', { name: 'Main' })).toBeVisible()
  await hub.getByRole('main').getByRole('link', { name: 'Back to the overview' }).click()
  await expect(hub.getByRole('heading', { level: 1 })).toHaveText('Overview')
})

test('settings hold the account, the look, the keys and the hub', async ({ hub, stack }) => {
  await hub.goto('/settings/hub')
  await expect(hub.getByText('Answers', { exact: true })).toHaveCount(2)
  await expect(hub.getByText(stack.url, { exact: true })).toBeVisible()
  await expectEverywhereAccessible(hub, 'Hub')
  await hub.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'You' }).click()
  await expect(hub).toHaveTitle('Settings · Sendense')
  await expect(hub.getByText(administrator.email, { exact: true })).toBeVisible()
  await hub.getByRole('radio', { name: 'Dark' }).click()
  await expect(hub.locator('html')).toHaveAttribute('data-theme', 'dark')
  await hub.reload()
  await expect(hub.getByRole('radio', { name: 'Dark' })).toBeChecked()
})

test('a password is changed by who knows the present one', { tag: '@long' }, async ({ hub, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  await hub.goto('/settings')
  const change = hub.getByRole('button', { name: 'Change password' })
  await change.click()
  const dialog = hub.getByRole('dialog')
  await expect(dialog.getByLabel('Present password')).toBeFocused()
  await dialog.getByLabel('Present password').fill('not the password')
  await dialog.getByLabel('New password').fill(administrator.password)
  await expectAccessible(hub)
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(dialog.getByTestId('problem')).toBeVisible()
  await dialog.getByLabel('Present password').fill(administrator.password)
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(hub.getByTestId('toast')).toContainText('Password changed')
  await expect(change).toBeFocused()
})
