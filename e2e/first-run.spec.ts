import { administrator } from './fixtures/api.ts'
import { expectAccessible } from './fixtures/expect-accessible.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { BackupPage } from './pages/backup-page.ts'
import { allocatedOnDisk } from './pages/image-files.ts'

test.use({ purpose: 'first run' })
test.describe.configure({ mode: 'serial' })

test('a new hub leads to first run, refuses a wrong token, and makes the administrator by the right one', async ({
  page,
  stack,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await page.goto('/vms')
  await expect(page).toHaveURL(/\/setup$/)
  await expect(page.getByRole('button', { name: 'Create the administrator' })).toBeEnabled()
  await expectAccessible(page)
  const fill = async () => {
    await page.getByLabel('Name', { exact: true }).fill(administrator.name)
    await page.getByLabel('Email').fill(administrator.email)
    await page.getByLabel('Password').fill(administrator.password)
  }
  await page.getByLabel('Setup token').fill('not the token')
  await fill()
  await page.getByRole('button', { name: 'Create the administrator' }).click()
  await expect(page.getByTestId('problem')).toHaveAttribute('data-code', 'forbidden')

  await page.goto('about:blank')
  await page.goto(`/setup#${stack.setupToken}`)
  await expect(page.getByText('The setup token came with the link.')).toBeVisible()
  await fill()
  await page.getByRole('button', { name: 'Create the administrator' }).click()
  await page.waitForURL((url) => url.pathname === '/')
  await expect(page.getByTestId('checklist').getByRole('listitem')).toHaveCount(5)
  await expect(page.getByTestId('checklist').getByText('To do')).toHaveCount(1)
})

test('first run is over, and the administrator signs in where a link wanted to go', async ({
  page,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await page.goto('/setup')
  await expect(page).toHaveURL(/\/sign-in$/)
  await page.goto('/vms?from=mail')
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fvms%3Ffrom%3Dmail$/)
  await page.getByLabel('Email').fill(administrator.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByTestId('problem')).toBeVisible()
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/vms?from=mail')
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await page.goto('/vms')
  await expect(page).toHaveURL(/\/sign-in/)
})

test('one click backs a machine up, and the numbers on the page are those of the files', async ({
  hub,
  stack,
  tell,
}) => {
  const backup = await BackupPage.start(hub, stack.vmName)
  const { backupId } = backup
  await backup.expectLive()
  await backup.expectState('completed')
  await expect(hub.getByTestId('proof').getByRole('row')).toHaveCount(3)
  for (const key of [2000, 2001]) {
    await expect(hub.getByTestId(`disk-${key}`)).toHaveAttribute('data-state', 'proved')
    const onDisk = await allocatedOnDisk(stack.repositoryPath, backupId, key)
    expect(await backup.bytes(key, 'allocated')).toBe(onDisk)
  }
  expect(await backup.bytes(2000, 'data')).toBe(64 * 1024 * 1024)
  expect(await backup.bytes(2000, 'size')).toBe(1024 * 1024 * 1024)
  // A small disk that does not grow says why, with the numbers.
  await expect(hub.getByTestId('disk-2001-note')).toContainText('1,048,576')

  await hub.goto('/')
  await expect(hub.getByTestId('checklist')).toHaveCount(0)
  await hub.goto('/vms')
  await hub.getByTestId('vms').getByRole('link', { name: stack.vmName }).click()
  await expect(hub.getByTestId('restore-points').getByRole('link', { name: backupId })).toBeVisible()
  expect(await tell('leaks')).toEqual([])
})
