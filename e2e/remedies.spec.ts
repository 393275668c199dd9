import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { expectAccessible } from './pages/axe.ts'
import { BackupPage } from './pages/backup-page.ts'
import { withQuickLimits } from './pages/quick-limits.ts'
import { shoot } from './pages/shoot.ts'

withQuickLimits(['start-engine', 'clock-right'])

test('a clock that is off is said, a stopped tunnel is restarted by its button, and an engine that is gone is no healthy backup', async ({
  hub,
  api,
  stack,
  tell,
  expectedErrors,
}, info) => {
  test.setTimeout(process.env.SENDENSE_SHOTS === '1' ? 300_000 : 120_000)
  expectedErrors.push(FAILED_REQUEST)
  await tell('clock-ahead')
  await tell('crawl')
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  const verdict = hub.getByTestId('verdict')
  const expectKind = (kind: string) => expect(verdict).toHaveAttribute('data-kind', kind, { timeout: 20_000 })
  await expectKind('healthy')
  await expect(hub.getByTestId('clock-notice')).toContainText(/(7 min|6 min 59 s|7 min 0\d s).* ahead of the hub/)
  await shoot(hub, info, 'clock')

  expect(await tell('stop-tunnel')).toBe(1)
  await expectKind('stalled')
  await expect(verdict).toHaveAttribute('data-hop', 'tunnel')
  await expect(verdict).toContainText('ssh is stopped')
  await shoot(hub, info, 'tunnel-stopped')
  await hub.getByRole('button', { name: 'Restart the tunnel' }).click()
  await expect(hub.getByRole('alertdialog')).toContainText('the copy goes on with what the image lacks')
  await hub.getByRole('button', { name: 'Yes, restart it' }).click()
  await expectKind('healthy')

  // Whoever measures stands still; the page's own stream is well.
  await tell('stop-engine')
  await expectKind('cannot-tell')
  await expect(verdict).toContainText('No figures have come for more than')
  await backup.expectLive()
  await shoot(hub, info, 'figures-late')
  await tell('let-go')
  await expectKind('healthy')

  await tell('kill-engine')
  await expect(hub.getByTestId('engine-away')).toBeVisible({ timeout: 20_000 })
  await expectKind('cannot-tell')
  await expectAccessible(hub)
  await shoot(hub, info, 'engine-away')
  await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  await expect(hub.getByText('so no backup can start')).toBeVisible()
  await expect(hub.getByTestId('running')).toContainText('No figures have come')
  await shoot(hub, info, 'overview-engine-away')
  await hub.goBack()
  await tell('start-engine')
  await expect(hub.getByTestId('engine-away')).toBeHidden({ timeout: 20_000 })
  await tell('hasten')
  await backup.expectState('completed', 60_000)
  const { id } = await api.job(backup.backupId)
  await expect(api.mutate('tunnels.restart', { jobId: id })).rejects.toThrow(/"code":"conflict"/)
})
