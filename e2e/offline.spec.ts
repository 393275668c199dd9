import type { CDPSession, Page } from '@playwright/test'
import type { Api } from './fixtures/api.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { BackupPage } from './pages/backup-page.ts'
import { allocatedOnDisk } from './pages/image-files.ts'
import { startBackup } from './pages/places.ts'
import { expectWholeLog } from './pages/whole-log.ts'
import { startRelay } from './world/relay.ts'

const CUT_MS = 20_000
const MIB = 1024 * 1024

async function slowBrowser(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.enable')
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  return devtools
}

/** What the browser itself believes of its network. It does not end a stream that is open: the wire must be cut too. */
const setOffline = (devtools: CDPSession, offline: boolean) =>
  devtools.send('Network.emulateNetworkConditions', {
    ...{ offline, latency: 0 },
    ...{ downloadThroughput: -1, uploadThroughput: -1 },
  })

test.afterEach(async ({ tell }) => {
  await tell('slow')
})

async function expectUnnoticed(api: Api, jobId: string): Promise<void> {
  const events = await api.events(jobId)
  const states = events.flatMap(({ data }) => (data.kind === 'job.state' ? [data.state] : []))
  expect(states).toEqual([
    ...['queued', 'planned', 'preparing', 'copying'],
    ...['flushing', 'checking', 'committing', 'completed'],
  ])
  expect(events.filter(({ data }) => data.kind === 'job.step' && data.outcome === 'failed')).toEqual([])
}

test('a slow browser that is cut off for 20 s in mid-backup says so and catches up; the backup never notices', {
  tag: '@long',
}, async ({ hub, api, stack, tell, expectedErrors }) => {
  test.setTimeout(150_000)
  expectedErrors.push(FAILED_REQUEST)
  await using relay = await startRelay(Number(new URL(stack.url).port))
  await tell('crawl')
  const job = await startBackup(api, stack.slowVmName)
  await hub.goto(`http://127.0.0.1:${relay.port}/backups/${encodeURIComponent(job.backupId)}`)
  const backup = new BackupPage(hub)
  const onDisk = async () => (await allocatedOnDisk(stack.repositoryPath, job.backupId, 2000)) ?? 0
  await backup.expectState('copying')
  await backup.expectLive()
  await backup.bytesAbove(2000, 'allocated', MIB)
  const devtools = await slowBrowser(hub)
  const connection = hub.getByTestId('connection')

  const cutAt = Date.now()
  relay.cut()
  await setOffline(devtools, true)
  await expect(connection).toHaveAttribute('data-state', 'reconnecting', { timeout: 12_000 })
  await expect(connection).toContainText('Reconnecting')
  const frozen = await backup.bytes(2000, 'allocated')
  await expect(connection).toHaveAttribute('data-state', 'stale', { timeout: 12_000 })
  await expect(hub.getByTestId('stale')).toContainText(/since .*\d/)
  await expect.poll(() => Date.now() - cutAt, { timeout: CUT_MS + 5000 }).toBeGreaterThanOrEqual(CUT_MS)
  expect(await backup.bytes(2000, 'allocated'), 'no figure moves by itself').toBe(frozen)
  await expect(connection).toHaveAttribute('data-state', 'stale')
  const meanwhile = await onDisk()
  expect(meanwhile, 'the backup went on').toBeGreaterThan(frozen + MIB)
  expect((await api.job(job.id)).state).toBe('copying')

  relay.mend()
  await setOffline(devtools, false)
  await backup.expectLive(20_000)
  await backup.bytesAbove(2000, 'allocated', meanwhile - 1)
  await expectWholeLog(hub, api)
  await tell('hasten')
  await backup.expectState('completed')
  await expectWholeLog(hub, api)
  expect(await backup.bytes(2000, 'allocated')).toBe(await onDisk())
  await expectUnnoticed(api, job.id)
  expect(await tell('leaks')).toEqual([])
})
