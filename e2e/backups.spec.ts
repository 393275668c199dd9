import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/test.ts'
import { BackupPage } from './pages/backup-page.ts'

test.describe.configure({ mode: 'serial' })

/** Bytes under the crosshair that stands `steps` samples before the newest. */
async function valueBack(page: Page, steps: number): Promise<string> {
  const slider = page.getByRole('slider', { name: 'Growth of disk 2000: moment' })
  await slider.focus()
  for (let step = 0; step < steps; step++) await page.keyboard.press('ArrowLeft')
  return (await slider.getAttribute('aria-valuetext')) ?? ''
}

test('a backup grows on its chart by itself, and its words are read out only when its state changes', async ({
  hub,
  stack,
  tell,
}) => {
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  await backup.bytesAbove(2000, 'allocated', 1024 * 1024)
  const slider = hub.getByRole('slider', { name: 'Growth of disk 2000: moment' })
  const last = async () => Number(await slider.getAttribute('max'))
  await expect.poll(last, { timeout: 15_000 }).toBeGreaterThan(3)

  // What assistive technology hears while figures move: nothing.
  const spoken = hub.getByTestId('backup').getByRole('status').first()
  await expect(spoken).toHaveText('Copying')
  const heard = await spoken.evaluate((region) => {
    const said: string[] = []
    new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, {
      ...{ characterData: true, childList: true, subtree: true },
    })
    return new Promise<string[]>((resolve) => {
      const figure = document.querySelector('[data-testid="disk-2000-allocated"]')
      let changes = 0
      const counting = new MutationObserver(() => {
        changes++
        if (changes >= 2) resolve(said)
      })
      if (figure) counting.observe(figure, { attributes: true, characterData: true, childList: true, subtree: true })
    })
  })
  expect(heard).toEqual([])

  const text = await valueBack(hub, 2)
  // The first samples may be older than the first report of what was read.
  expect(text).toMatch(/^After \d+ s: Stored [\d.]+ \w+, Read ([\d.]+ \w+|not measured)$/)
  // Two moments of the first seconds may have the same words.
  const put = Number(await slider.inputValue())
  await hub.keyboard.press('ArrowLeft')
  await expect(slider, 'the crosshair stands where it was put').toHaveValue(`${put - 1}`)
  await hub.keyboard.press('Home')
  await expect(slider, 'the words follow the crosshair').not.toHaveAttribute('aria-valuetext', text)
  await expect(hub.getByTestId('stages').locator('[aria-current=step]')).toContainText('Copying')
  await expect(hub.getByTestId('time-left')).not.toHaveText('–')

  await tell('hasten')
  await backup.expectState('completed')
  await expect(spoken).toHaveText('Completed')
  await expect(hub.getByTestId('stages').locator('[data-state=done]')).toHaveCount(7)
  await tell('slow')
})

test('the record keeps its chart as numbers too, and its log can be searched and copied', { tag: '@long' }, async ({
  hub,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await hub.goto('/backups?state=completed')
  await hub
    .getByTestId('jobs')
    .getByRole('link', { name: /^backup-slow/ })
    .first()
    .click()
  await expect(hub.getByTestId('backup')).toHaveAttribute('data-state', 'completed')
  const figure = hub.getByRole('figure', { name: 'Growth of disk 2000' })
  const before = await figure.boundingBox()
  await figure.getByRole('radio', { name: 'Table' }).click()
  expect(await figure.getByRole('row').count()).toBeGreaterThan(3)
  expect((await figure.boundingBox())?.height, 'nothing moves').toBe(before?.height)

  const log = hub.getByTestId('events')
  const lines = await log.getByRole('listitem').count()
  await hub.getByRole('radio', { name: 'Steps' }).click()
  await expect(log.getByRole('listitem')).not.toHaveCount(lines)
  await hub.getByPlaceholder('Search the log').fill('tunnel ssh')
  await expect(log.getByRole('listitem')).toHaveCount(1)
  await hub.getByRole('button', { name: 'Copy the lines shown' }).click()
  const copied = await hub.evaluate(() => navigator.clipboard.readText())
  expect(copied).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}Done +The job's own SSH connection is up/)
  await hub.getByRole('radio', { name: 'Failures' }).click()
  await hub.getByPlaceholder('Search the log').fill('')
  await expect(hub.getByText('No step failed.')).toBeVisible()
  await hub.getByRole('button', { name: 'Show all lines' }).click()
  await expect(log.getByRole('listitem')).toHaveCount(lines)
})

test('the list of backups is filtered by its address, and says when nothing matches', async ({ hub, stack }) => {
  await hub.goto('/backups')
  const rows = hub.getByTestId('jobs').locator('tbody tr')
  await expect(rows.first()).toBeVisible()
  await hub.getByRole('radio', { name: 'Failed' }).click()
  await expect(hub).toHaveURL(/\?state=failed$/)
  await expect(hub.getByText('No backup matches these filters.')).toBeVisible()
  await hub.getByRole('button', { name: 'Show all backups' }).click()
  await expect(hub).toHaveURL(/\/backups$/)
  await hub.getByPlaceholder('Search by virtual machine or backup').fill('SLOW mach')
  await expect(hub).toHaveURL(/search=SLOW(\+|%20)mach/)
  await expect(rows.first()).toContainText(stack.slowVmName)

  const html = await (await hub.request.get(`${stack.url}/backups?search=no-such-machine`)).text()
  expect(html.replaceAll(/<script.*?<\/script>/gs, '')).toContain('No backup matches these filters.')
})
