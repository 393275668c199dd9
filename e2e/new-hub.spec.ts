import { rename } from 'node:fs/promises'
import { administrator } from './fixtures/api.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { expectAccessible, expectNoSideways, phone } from './pages/axe.ts'
import { BackupPage } from './pages/backup-page.ts'
import { allocatedOnDisk } from './pages/image-files.ts'
import { startBackup } from './pages/places.ts'

// One hub from its first minute on: each test goes on where the one before has left it, through whole backups.
test.use({ purpose: 'new hub' })
test.describe.configure({ mode: 'serial', timeout: 120_000 })

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

test('a new hub shows the way to the first backup, and is not alarmed', async ({ hub }) => {
  await hub.goto('/')
  await expect(hub).toHaveTitle('Overview · Sendense')
  const sentence = hub.getByTestId('reassurance')
  await expect(sentence).toHaveAttribute('data-tone', 'unknown')
  await expect(sentence).toContainText('None of the 2 virtual machines has a backup yet.')
  const steps = hub.getByTestId('checklist').getByRole('listitem')
  await expect(steps).toHaveCount(5)
  await expect(steps.filter({ hasText: 'To do' })).toHaveCount(1)
  await expect(hub.getByTestId('concerns')).toHaveCount(0)
  await expect(hub.getByTestId('capacity').getByRole('meter', { name: 'Room in main' })).toBeVisible()
  await expect(hub.getByTestId('overview-appliances')).toContainText('Tunnel up since')
  await expectAccessible(hub)
  await steps.last().getByRole('link', { name: 'Choose a virtual machine' }).click()
  await expect(hub).toHaveURL(/\/vms$/)
})

test('what runs is there with its state, its pace and its page; when it is done, so are the first steps', async ({
  hub,
  stack,
  tell,
}) => {
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  const { backupId } = backup
  await backup.bytesAbove(2000, 'allocated', 1024 * 1024)
  await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  const running = hub.getByTestId('running').getByRole('listitem')
  await expect(running).toHaveCount(1)
  await expect(running.getByRole('link', { name: stack.slowVmName })).toHaveAttribute('href', `/backups/${backupId}`)
  await expect(running.getByText('Copying', { exact: true })).toBeVisible()
  const bar = running.getByRole('progressbar', { name: stack.slowVmName })
  await expect(bar).toHaveAttribute('aria-valuetext', /of the data/, { timeout: 20_000 })
  await expect(running).toContainText(/iB\/s.* left/)
  await expect(hub.getByTestId('reassurance')).toHaveAttribute('data-tone', 'busy')
  await expect(hub.getByTestId('reassurance')).toContainText('1 backup is running.')
  await expectAccessible(hub)

  await tell('hasten')
  await expect(hub.getByText('No backup is running.')).toBeVisible({ timeout: 30_000 })
  await expect(hub.getByTestId('checklist')).toHaveCount(0)
  await expect(hub.getByTestId('recent-points').getByRole('row')).toHaveCount(2)
  await expect(hub.getByTestId('recent-points')).toContainText(stack.slowVmName)
  await expect(hub.getByTestId('reassurance')).toContainText(
    '1 of 2 virtual machines has a backup from the last 7 days.',
  )
  await expect(hub.getByTestId('reassurance')).toHaveAttribute('data-tone', 'warn')
})

test('what lacks a backup is backed up by one click, with the numbers of the files; then all is well, without a reload', async ({
  hub,
  context,
  stack,
  tell,
}) => {
  await hub.goto('/')
  const concern = hub.getByTestId('concerns').getByRole('listitem')
  await expect(concern).toHaveCount(1)
  await expect(concern).toContainText(stack.vmName)
  await concern.getByRole('link', { name: `Back up now: ${stack.vmName}` }).click()
  await expect(hub).toHaveURL(/\/vms\/[0-9a-f-]{36}\?backup=1$/)
  // A second tab that looks on.
  const overview = await context.newPage()
  await overview.goto('/')
  await expect(overview.getByTestId('connection')).toHaveAttribute('data-state', 'live')

  await hub.getByRole('dialog').getByRole('button', { name: 'Start backup' }).click()
  await hub.waitForURL(/\/backups\/backup-/)
  const backup = new BackupPage(hub)
  const { backupId } = backup
  await backup.expectLive()
  await backup.expectState('completed')
  await expect(hub.getByTestId('proof').getByRole('row')).toHaveCount(3)
  for (const key of [2000, 2001]) {
    await expect(hub.getByTestId(`disk-${key}`)).toHaveAttribute('data-state', 'proved')
    expect(await backup.bytes(key, 'allocated')).toBe(await allocatedOnDisk(stack.repositoryPath, backupId, key))
  }
  expect(await backup.bytes(2000, 'data')).toBe(64 * 1024 * 1024)
  expect(await backup.bytes(2000, 'size')).toBe(1024 * 1024 * 1024)
  // A small disk that does not grow says why, with the numbers.
  await expect(hub.getByTestId('disk-2001-note')).toContainText('1.00 MiB of data')

  const sentence = overview.getByTestId('reassurance')
  await expect(sentence).toHaveAttribute('data-tone', 'ok', { timeout: 30_000 })
  await expect(sentence).toContainText('All 2 virtual machines have a backup from the last 7 days.')
  await expect(overview.getByTestId('concerns')).toHaveCount(0)
  await hub.getByRole('heading', { level: 1 }).getByRole('link').click()
  await expect(hub.getByTestId('restore-points').getByRole('link', { name: backupId })).toBeVisible()
  expect(await tell('leaks')).toEqual([])
})

test('a backup that failed comes first, with what is safe and the way to why', async ({
  hub,
  api,
  stack,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await hub.goto('/')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  await rename(stack.repositoryPath, `${stack.repositoryPath}.away`)
  try {
    await startBackup(api, stack.vmName)
    const sentence = hub.getByTestId('reassurance')
    await expect(sentence).toContainText('1 backup failed in the last 24 hours.', { timeout: 30_000 })
    await expect(sentence).toContainText('Restore points are untouched.')
    await expect(sentence).toHaveAttribute('data-tone', 'bad')
    const concern = hub.getByTestId('concerns').getByRole('listitem')
    await expect(concern).toContainText('Failed')
    await expect(concern).toContainText('Newest restore point')
    await expectAccessible(hub)
    await expect(hub.getByTestId('capacity'), 'the repository says it, too').toContainText('Not usable')
    await hub.setViewportSize(phone)
    await expectNoSideways(hub, 'overview with a failure')
    await concern.getByRole('link', { name: /See why/ }).click()
    await new BackupPage(hub).expectState('failed')
  } finally {
    await rename(`${stack.repositoryPath}.away`, stack.repositoryPath)
  }
})
