import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { BackupPage } from './pages/backup-page.ts'
import { allocatedOnDisk, filesOf } from './pages/image-files.ts'
import { expectWholeLog } from './pages/whole-log.ts'

test.afterEach(async ({ tell }) => {
  await tell('slow')
  expect(await tell('leaks')).toEqual([])
})

test('figures move by themselves, agree with the file in mid-backup, and outlive a reload', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  tell,
}) => {
  const streams: string[] = []
  const asked: string[] = []
  hub.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.includes('events.subscribe')) streams.push(pathname)
    else if (pathname.startsWith('/api/trpc/')) asked.push(pathname)
  })
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  const first = await backup.bytesAbove(2000, 'allocated', 1024 * 1024)

  // The page is a second behind the file at most: what it shows lies between the file then and the file now.
  const then = await allocatedOnDisk(stack.repositoryPath, backup.backupId, 2000)
  asked.length = 0
  const shown = await backup.bytesAbove(2000, 'allocated', first)
  const later = await allocatedOnDisk(stack.repositoryPath, backup.backupId, 2000)
  expect(shown).toBeGreaterThanOrEqual(first)
  expect(shown).toBeLessThanOrEqual(later ?? 0)
  expect(then).not.toBeNull()
  expect(asked, 'figures come by the stream, nothing polls').toEqual([])
  expect(streams, 'one stream a tab').toHaveLength(1)

  await hub.reload()
  const reloaded = new BackupPage(hub)
  expect(await reloaded.bytes(2000, 'allocated'), 'already in the page').toBeGreaterThanOrEqual(shown)
  await reloaded.expectLive()
  await reloaded.bytesAbove(2000, 'allocated', shown)
  await expectWholeLog(hub, api)

  await tell('hasten')
  await reloaded.expectState('completed')
  expect(await reloaded.bytes(2000, 'allocated')).toBe(
    await allocatedOnDisk(stack.repositoryPath, backup.backupId, 2000),
  )
  await expectWholeLog(hub, api)
})

test('a second tab and a restart of the web process in mid-backup see everything once', async ({
  hub,
  api,
  context,
  stack,
  tell,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  const first = await BackupPage.start(hub, stack.slowVmName)
  await first.expectState('copying')
  const tab = await context.newPage()
  await tab.goto(hub.url())
  const second = new BackupPage(tab)
  await second.expectLive()
  const before = await second.bytesAbove(2000, 'allocated', 1024 * 1024)

  const down = expect(hub.getByTestId('connection')).toHaveAttribute('data-state', /reconnecting|stale/)
  const { endedInMs } = (await tell('restart-web')) as { endedInMs: number }
  expect(endedInMs, 'two open streams do not keep the web process alive').toBeLessThan(4000)
  await down
  for (const backup of [first, second]) {
    await backup.expectLive(20_000)
    await backup.bytesAbove(2000, 'allocated', before)
  }
  await tell('hasten')
  for (const backup of [first, second]) await backup.expectState('completed')
  await expectWholeLog(hub, api)
  await expectWholeLog(tab, api)
})

test('what a page missed while another one was open is there when it comes back', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  tell,
}) => {
  const backup = await BackupPage.start(hub, stack.slowVmName)
  const address = hub.url()
  await backup.expectState('copying')
  await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  await expect(hub.getByTestId('running').getByRole('listitem')).toHaveCount(1)
  await tell('hasten')
  await expect(hub.getByText('No backup is running.')).toBeVisible({ timeout: 30_000 })
  await hub.goBack()
  await expect(hub).toHaveURL(address)
  await backup.expectState('completed')
  await expect(hub.getByTestId('proof')).toBeVisible()
  await expectWholeLog(hub, api)
})

test('a second backup of a machine is refused clearly while one runs; cancel leaves nothing', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  const backup = await BackupPage.start(hub, stack.slowVmName)
  const address = hub.url()
  const { backupId } = backup
  await backup.expectState('copying')
  await backup.bytesAbove(2000, 'allocated', 1024 * 1024)

  await hub.getByRole('heading', { level: 1 }).getByRole('link').click()
  await hub.getByRole('button', { name: 'Back up now' }).click()
  await expect(hub.getByTestId('backup-refusal')).toContainText(backupId)
  await expect(hub.getByRole('button', { name: 'Start backup' })).toBeDisabled()
  const { vmId, repositoryId } = await api.job(backupId)
  await expect(api.mutate('backups.start', { vmId, repositoryId })).rejects.toThrow(/"code":"busy"/)

  await hub.goto(address)
  await hub.getByRole('button', { name: 'Cancel backup' }).click()
  await hub.getByRole('button', { name: 'No, go on' }).click()
  await backup.expectState('copying')
  await hub.getByRole('button', { name: 'Cancel backup' }).click()
  await hub.getByRole('button', { name: 'Yes, cancel it' }).click()
  await backup.expectState('cancelled')
  await expect(hub.getByTestId('job-sentence')).toContainText('No restore point was made')
  await expect(hub.getByRole('button', { name: /Cancel/ })).toHaveCount(0)
  expect(await filesOf(stack.repositoryPath, backupId)).toEqual([])
  await expectWholeLog(hub, api)
})
