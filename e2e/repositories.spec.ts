import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { expectAccessible } from './pages/axe.ts'

/** The dialog that adds a repository, as a person uses it. */
class AddDialog {
  readonly root: Locator
  readonly add: Locator

  constructor(page: Page) {
    this.root = page.getByRole('dialog', { name: 'Add a repository' })
    this.add = this.root.getByRole('button', { name: 'Add repository' })
  }

  /** Asks about a path; answers what became of each check. */
  async check(at: string): Promise<Record<string, string>> {
    await this.root.getByLabel('Path on the hub').fill(at)
    await expect(this.root.getByTestId('checks'), 'an answer is about the path that was asked').toHaveCount(0)
    await this.root.getByRole('button', { name: 'Check' }).click()
    await expect(this.root.getByTestId('checks')).toBeVisible()
    const rows = await this.root
      .locator('[data-check]')
      .evaluateAll((items) =>
        items.map((item) => [item.getAttribute('data-check') ?? '', item.firstElementChild?.textContent ?? '']),
      )
    return Object.fromEntries(rows)
  }
}

test('each check that fails is shown with what to do, and nothing is made', { tag: '@long' }, async ({
  hub,
  stack,
}) => {
  const directory = path.join(path.dirname(stack.repositoryPath), 'checks')
  await mkdir(directory)
  await writeFile(path.join(directory, 'file'), '')
  await hub.goto('/repositories?add=1')
  const dialog = new AddDialog(hub)
  await dialog.root.getByLabel('Name').fill('other')
  await expect(dialog.add).toBeDisabled()

  expect(await dialog.check('backups')).toMatchObject({ absolute: 'Failed', parent: 'Not tried', direct: 'Not tried' })
  await expect(dialog.root.getByText('Write it from the root')).toBeVisible()
  expect(await dialog.check(path.join(directory, 'file', 'backups'))).toMatchObject({ parent: 'Failed' })
  expect(await dialog.check(path.join(directory, 'file'))).toMatchObject({ parent: 'Passed', directory: 'Failed' })
  expect(await dialog.check('/proc/sendense/backups')).toMatchObject({ 'file-system': 'Failed' })
  await expect(dialog.root.getByTestId('checks')).toContainText('a window into the kernel')
  expect(await dialog.check(path.join(stack.repositoryPath, 'inside'))).toMatchObject({ nesting: 'Failed' })
  expect(await dialog.check(stack.repositoryPath)).toMatchObject({ unused: 'Failed' })
  await expect(dialog.root.getByTestId('checks')).toContainText('“main”')
  await expect(dialog.add).toBeDisabled()
  await expectAccessible(hub)

  expect(await readdir(directory)).toEqual(['file'])
  await rm(directory, { recursive: true })
  await hub.keyboard.press('Escape')
  await expect(hub).toHaveURL(/\/repositories$/)
  await expect(hub.getByTestId('repositories').getByRole('listitem')).toHaveCount(1)
})

test('a directory is checked, added, forgotten, and taken up again', { tag: '@long' }, async ({
  hub,
  stack,
  expectedErrors,
}) => {
  const at = path.join(path.dirname(stack.repositoryPath), 'second', 'store')
  await hub.goto('/repositories')
  const list = hub.getByTestId('repositories').getByRole('listitem')
  await hub.getByRole('button', { name: 'Add a repository' }).click()
  const dialog = new AddDialog(hub)
  await dialog.root.getByLabel('Name').fill('second')
  const checks = await dialog.check(at)
  expect(checks).toMatchObject({ parent: 'Will be made', directory: 'Will be made', writable: 'Passed' })
  expect(checks.unused).toBe('Passed')
  await dialog.add.click()
  await expect(dialog.root).toHaveCount(0)
  await expect(list).toHaveCount(2)
  expect(await readdir(at)).toEqual(['.sendense-repository.json'])

  const card = list.filter({ hasText: at })
  await expect(card.getByRole('meter', { name: 'Capacity of second' })).toHaveAttribute('aria-valuetext', /bytes free/)
  await card.getByRole('button', { name: 'Check again' }).click()
  await expect(card.getByTestId('probe-result')).toContainText('can be written')

  // Its identity is gone: the disk is not mounted any more, as far as anybody can tell.
  const identity = path.join(at, '.sendense-repository.json')
  await rm(identity)
  await card.getByRole('button', { name: 'Check again' }).click()
  await expect(card.getByTestId('problem')).toContainText('probably not mounted')
  await expect(card.getByText('Another disk is mounted').first()).toBeVisible()
  await expectAccessible(hub)

  await card.getByRole('button', { name: 'Forget' }).click()
  await expect(hub.getByRole('alertdialog')).toContainText('Its files stay')
  await hub.getByRole('button', { name: 'Yes, forget it' }).click()
  await expect(list).toHaveCount(1)

  // What was forgotten can be added again, as what it is.
  for (const expected of ['Passed', 'Note']) {
    await hub.getByRole('button', { name: 'Add a repository' }).click()
    await dialog.root.getByLabel('Name').fill('again')
    expect(await dialog.check(at)).toMatchObject({ directory: 'Passed', unused: expected })
    await dialog.add.click()
    await expect(list).toHaveCount(2)
    await card.getByRole('button', { name: 'Forget' }).click()
    await hub.getByRole('button', { name: 'Yes, forget it' }).click()
    await expect(list).toHaveCount(1)
  }

  // A name that is taken is said at the field.
  expectedErrors.push(FAILED_REQUEST)
  await hub.getByRole('button', { name: 'Add a repository' }).click()
  await dialog.root.getByLabel('Name').fill('main')
  await dialog.check(at)
  await dialog.add.click()
  await expect(dialog.root.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true')
  await expect(dialog.root.getByText('named main already')).toBeVisible()
})
