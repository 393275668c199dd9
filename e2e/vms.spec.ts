import type { Page } from '@playwright/test'
import type { VmSummary } from '#contracts/views.ts'
import { expect, test } from './fixtures/test.ts'
import { expectAccessible } from './pages/axe.ts'

// Many machines beside the real ones, for these tests.
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000)
  await product.tell('seed')
})
test.afterAll(({ product }) => product.tell('unseed'))

const rows = (page: Page) => page.getByTestId('vms').locator('tbody').getByRole('row')
const live = (page: Page) => expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live')

test('many machines are one list of which only what is in view is in the page', async ({ hub, api }) => {
  const vms = await api.query<VmSummary[]>('vms.list')
  await hub.goto('/vms')
  await live(hub)
  await expect(hub.getByTestId('vms')).toHaveAttribute('aria-rowcount', String(vms.length + 1))
  expect(await rows(hub).count()).toBeLessThan(80)
  // The keyboard reaches the last one and comes back.
  await rows(hub).first().getByRole('link').focus()
  await hub.keyboard.press('End')
  const last = rows(hub).last()
  await expect(last).toHaveAttribute('aria-rowindex', String(vms.length + 1))
  await expect(last.getByRole('link')).toBeFocused()
  await expect(last).toBeInViewport()
  await hub.keyboard.press('ArrowUp')
  await expect(hub.locator(`[aria-rowindex="${vms.length}"]`).getByRole('link')).toBeFocused()
  await hub.keyboard.press('Home')
  await expect(hub.locator('[aria-rowindex="2"]').getByRole('link')).toBeFocused()
  await expectAccessible(hub)
})

test('search, filter and order stand in the address, and the address brings them back', async ({ hub, api }) => {
  const vms = await api.query<VmSummary[]>('vms.list')
  const failed = vms.filter(({ lastJob }) => lastJob?.state === 'failed')
  await hub.goto('/vms')
  await live(hub)
  await hub.getByRole('radio', { name: /^Failed/ }).click()
  await expect(hub).toHaveURL(/show=failed/)
  await expect(hub.getByTestId('vms')).toHaveAttribute('aria-rowcount', String(failed.length + 1))
  await hub.getByRole('button', { name: 'Size' }).click()
  await expect(hub).toHaveURL(/sort=-size/)
  await expect(hub.getByRole('columnheader', { name: 'Size' })).toHaveAttribute('aria-sort', 'descending')
  const largest = failed.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0]
  await expect(rows(hub).first().locator('data')).toHaveAttribute('data-bytes', String(largest?.sizeBytes))
  // The page itself holds the first rows in that order, and not the whole list.
  const html = await (await hub.request.get('/vms?show=failed&sort=-size')).text()
  expect(/data-bytes="(\d+)"/.exec(html)?.[1]).toBe(String(largest?.sizeBytes))
  expect(html.match(/lastBackupAt/g)?.length).toBeLessThanOrEqual(50)
  const word = failed[0]?.name.split('-')[1] ?? ''
  await hub.getByRole('searchbox', { name: 'Search machines' }).fill(word)
  await expect(hub).toHaveURL(new RegExp(`q=${word}`))
  await hub.reload()
  await expect(hub.getByRole('searchbox', { name: 'Search machines' })).toHaveValue(word)
  await expect(hub.getByRole('radio', { name: /^Failed/ })).toBeChecked()
  const matching = failed.filter(({ name, applianceName }) => `${name} ${applianceName}`.includes(word)).length
  await expect(hub.getByTestId('vms')).toHaveAttribute('aria-rowcount', String(matching + 1))
})

test('nothing that matches is not the same as no machines', { tag: '@long' }, async ({ hub }) => {
  await hub.goto('/vms?q=no-such-machine-anywhere')
  await live(hub)
  await expect(hub.getByText(/None of the \d+ machines matches/)).toBeVisible()
  await hub.getByRole('button', { name: 'Clear filters' }).click()
  await expect(rows(hub).first()).toBeVisible()
  await expect(hub).toHaveURL(/\/vms$/)
})

test('asking for the inventory says what came of it', { tag: '@long' }, async ({ hub }) => {
  await hub.goto('/vms')
  await live(hub)
  await hub.getByRole('button', { name: 'Refresh inventory' }).click()
  await hub.getByRole('menuitem', { name: 'node-1' }).click()
  await expect(hub.getByTestId('toast')).toContainText('node-1 lists 2 machines')
})

test('a backup says beforehand what it will do, and why it cannot', async ({ hub, api, stack }) => {
  const vms = await api.query<VmSummary[]>('vms.list')
  const idOf = (name: string) => vms.find((vm) => vm.name === name)?.id
  await hub.goto(`/vms/${idOf(stack.vmName)}?backup=1`)
  const dialog = hub.getByRole('dialog', { name: `Back up ${stack.vmName}` })
  await dialog.getByLabel('Into repository').selectOption(await optionOf(dialog, 'main'))
  await expect(dialog).toContainText('Reads 2 disks of 1.25 GiB in all')
  await expect(dialog).toContainText('in main')
  await expect(dialog.getByRole('button', { name: 'Start backup' })).toBeEnabled()
  await hub.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(hub).toHaveURL(/\/vms\/[\w-]+$/)
  // A machine whose appliance is paused.
  await hub.goto(`/vms/${idOf('../etc/passwd')}?backup=1`)
  await expect(hub.getByTestId('backup-refusal')).toContainText('is paused')
  await expect(hub.getByRole('button', { name: 'Start backup' })).toBeDisabled()
})

/** The value of the repository's option. Its label tells the free space, which changes by itself. */
async function optionOf(dialog: ReturnType<Page['getByRole']>, name: string): Promise<string> {
  const option = dialog.getByRole('option', { name: new RegExp(`^${name}`) })
  await expect(option).toHaveCount(1)
  return (await option.getAttribute('value')) ?? ''
}

test('restore points stand on a timeline that the keyboard walks, and in pages', { tag: '@long' }, async ({
  hub,
  api,
}) => {
  const vms = await api.query<VmSummary[]>('vms.list')
  const vm = vms.find(({ name }) => name === 'خادم الملفات')
  const timeline = await api.query<{ points: { id: string }[] }>('vms.timeline', { id: vm?.id })
  const ids = timeline.points.map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(20)
  await hub.goto(`/vms/${vm?.id}`)
  await live(hub)
  const chart = hub.getByRole('slider', { name: 'Restore points by time' })
  const choice = hub.getByTestId('timeline-choice').getByRole('link')
  await chart.focus()
  await expect(choice).toHaveText(ids.at(-1) ?? '')
  await hub.keyboard.press('ArrowLeft')
  await expect(choice).toHaveText(ids.at(-2) ?? '')
  await hub.keyboard.press('Home')
  await expect(chart).toHaveAttribute('aria-valuenow', '1')
  await expect(chart).toHaveAttribute('aria-valuetext', /stored$/)

  const list = hub.getByTestId('restore-points')
  await expect(list.locator('> li')).toHaveCount(20)
  await hub.getByRole('button', { name: 'Show 20 older' }).click()
  await expect(list.locator('> li')).toHaveCount(Math.min(40, ids.length))
  await expectAccessible(hub)
  await hub.getByRole('radio', { name: 'Table' }).click()
  await expect(hub.getByRole('table', { name: 'Restore points by time' }).getByRole('row')).toHaveCount(ids.length + 1)

  await hub.getByRole('radio', { name: 'Chart' }).click()
  await chart.focus()
  await hub.keyboard.press('Home')
  await hub.keyboard.press('Enter')
  await expect(hub).toHaveURL(new RegExp(`/backups/${ids[0]}$`))
})

test('the list is two lines a machine on a phone, and each is a link for the thumb', async ({ hub }) => {
  await hub.setViewportSize({ width: 390, height: 844 })
  await hub.goto('/vms')
  await live(hub)
  const row = rows(hub).nth(2)
  const box = await row.boundingBox()
  expect(box?.height).toBe(60)
  expect(await hub.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  // Not on the name: beside it.
  await row.click({ position: { x: 300, y: 50 } })
  await expect(hub).toHaveURL(/\/vms\/[0-9a-f-]{36}$/)
})

test('a running backup changes its row, and the list is not asked for again', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  tell,
}) => {
  const vms = await api.query<VmSummary[]>('vms.list')
  const vm = vms.find(({ name }) => name === stack.slowVmName)
  const repositories = await api.query<{ id: string; name: string }[]>('repositories.list')
  const main = repositories.find(({ name }) => name === 'main')
  await hub.goto('/vms?q=slow')
  await live(hub)
  const row = rows(hub).filter({ hasText: stack.slowVmName })
  const asked: string[] = []
  hub.on('request', (request) => {
    if (request.url().includes('vms.list')) asked.push(request.url())
  })
  await api.mutate('backups.start', { vmId: vm?.id, repositoryId: main?.id })
  await expect(row).toContainText('Copying', { timeout: 30_000 })
  await tell('hasten')
  await expect(row).toContainText('Completed', { timeout: 30_000 })
  await expect(row).toContainText('just now')
  expect(asked).toEqual([])
  await tell('slow')
})
