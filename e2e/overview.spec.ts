import { rename } from 'node:fs/promises'
import type { VmSummary } from '#contracts/views.ts'
import type { Api } from './fixtures/api.ts'
import { expectAccessible } from './fixtures/expect-accessible.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { BackupPage } from './pages/backup-page.ts'

test.use({ purpose: 'overview' })
test.describe.configure({ mode: 'serial' })

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
  await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  const running = hub.getByTestId('running').getByRole('listitem')
  await expect(running).toHaveCount(1)
  await expect(running.getByRole('link', { name: stack.slowVmName })).toHaveAttribute('href', `/backups/${backupId}`)
  await expect(running.getByText('Copying', { exact: true })).toBeVisible()
  const bar = running.getByRole('progressbar', { name: stack.slowVmName })
  await expect(bar).toHaveAttribute('aria-valuetext', /of the data/)
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

test('what lacks a backup is named with the one thing to do; then all is well, without a reload', async ({
  hub,
  api,
  stack,
}) => {
  await hub.goto('/')
  const concern = hub.getByTestId('concerns').getByRole('listitem')
  await expect(concern).toHaveCount(1)
  await expect(concern).toContainText(stack.vmName)
  await expectAccessible(hub)
  await concern.getByRole('link', { name: `Back up now: ${stack.vmName}` }).click()
  await expect(hub).toHaveURL(/\/vms\/[0-9a-f-]{36}\?backup=1$/)
  await hub.goto('/')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  await backUp(api, stack.vmName)
  const sentence = hub.getByTestId('reassurance')
  await expect(sentence).toHaveAttribute('data-tone', 'ok', { timeout: 30_000 })
  await expect(sentence).toContainText('All 2 virtual machines have a backup from the last 7 days.')
  await expect(concern).toHaveCount(0)
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
    await backUp(api, stack.vmName)
    const sentence = hub.getByTestId('reassurance')
    await expect(sentence).toContainText('1 backup failed in the last 24 hours.', { timeout: 30_000 })
    await expect(sentence).toContainText('Restore points are untouched.')
    await expect(sentence).toHaveAttribute('data-tone', 'bad')
    const concern = hub.getByTestId('concerns').getByRole('listitem')
    await expect(concern).toContainText('Failed')
    await expect(concern).toContainText('Newest restore point')
    await expectAccessible(hub)
    await hub.setViewportSize({ width: 390, height: 844 })
    expect(await hub.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await concern.getByRole('link', { name: /See why/ }).click()
    await new BackupPage(hub).expectState('failed')
  } finally {
    await rename(`${stack.repositoryPath}.away`, stack.repositoryPath)
  }
})

async function backUp(api: Api, name: string): Promise<void> {
  const vms = await api.query<VmSummary[]>('vms.list')
  const [repository] = await api.query<{ id: string }[]>('repositories.list')
  const vmId = vms.find((vm) => vm.name === name)?.id
  await api.mutate('backups.start', { vmId, repositoryId: repository?.id, type: 'full' })
}
