import type { Page } from '@playwright/test'
import { type Hop, hops, type Verdict } from '#contracts/diagnosis.ts'
import type { Replay } from '#contracts/replay.ts'
import type { BackupVerdict } from '#contracts/verdict.ts'
import { expect, test } from './fixtures/test.ts'
import { expectAccessible } from './pages/axe.ts'
import { BackupPage } from './pages/backup-page.ts'
import { withQuickLimits } from './pages/quick-limits.ts'
import { shoot } from './pages/shoot.ts'

withQuickLimits()

async function expectVerdict(page: Page, kind: Verdict['kind'], hop: Hop | null = null): Promise<void> {
  const verdict = page.getByTestId('verdict')
  await expect(verdict).toHaveAttribute('data-kind', kind, { timeout: 20_000 })
  if (hop) await expect(verdict).toHaveAttribute('data-hop', hop)
}

const hop = (page: Page, name: Hop) => page.getByTestId('pipeline-2000').getByTestId(`hop-${name}`)

test('a healthy copy, a stopped export and a dry source are told apart, and seen again in the replay', async ({
  hub,
  api,
  stack,
  tell,
}, info) => {
  test.setTimeout(process.env.SENDENSE_SHOTS === '1' ? 300_000 : 90_000)
  await tell('crawl')
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  await expectVerdict(hub, 'healthy')
  for (const name of hops) await expect(hop(hub, name)).toHaveAttribute('data-motion', 'moving')
  await shoot(hub, info, 'running')

  expect(await tell('stop-export')).toBe(1)
  await expectVerdict(hub, 'stalled', 'export')
  await expect(hop(hub, 'export')).toContainText('Stuck here')
  await expect(hop(hub, 'export')).toContainText('qemu-nbd is stopped')
  await expect(hub.getByTestId('verdict')).toContainText('ps -C qemu-nbd')
  await hub.getByRole('button', { name: 'Ask the export' }).click()
  await shoot(hub, info, 'stalled')
  await tell('let-go')
  await expect(hub.getByTestId('probe-result')).toBeVisible({ timeout: 20_000 })
  await expectVerdict(hub, 'healthy')

  await tell('stop-source')
  await expectVerdict(hub, 'stalled', 'source')
  await expect(hub.getByTestId('verdict')).toContainText('no bytes wait anywhere behind the source')
  expect(await tell('kill-copier')).toBe(1)
  await backup.expectState('failed')
  const { verdict } = await api.query<BackupVerdict>('backups.verdict', { id: backup.backupId })
  expect(verdict).toMatchObject({ kind: 'dead', hop: 'client' })

  // What is replayed is what was stored, not what this tab has seen.
  await hub.reload()
  const moment = hub.getByTestId('replay-moment')
  const slider = hub.getByRole('slider', { name: 'Moment of the backup' })
  const chart = hub.getByRole('slider', { name: 'Growth of disk 2000: moment' })
  await hub.getByRole('button', { name: /Stalled at the export/ }).click()
  await expect(moment).toHaveAttribute('data-hop', 'export')
  await expect(hop(hub, 'export')).toContainText('Stuck here')
  await expect(hop(hub, 'export')).toContainText('qemu-nbd is stopped')
  await expect(slider).toHaveAttribute('aria-valuetext', /Stalled\. Disk 2000: .*the export is stopped/)
  await shoot(hub, info, 'replay')
  await expectAccessible(hub)

  const stalledAt = (await slider.inputValue()).toString()
  const chartThere = await chart.inputValue()
  await slider.focus()
  await slider.press('Home')
  await expect(moment).toHaveAttribute('data-kind', 'expected')
  await expect(chart).not.toHaveValue(chartThere)
  await slider.press('ArrowRight')
  expect(Number(await slider.inputValue())).toBeGreaterThan(0)
  await hub.getByRole('button', { name: /Stalled at the source/ }).click()
  await expect(hop(hub, 'source')).toContainText('Stuck here')
  expect(Number(await slider.inputValue())).toBeGreaterThan(Number(stalledAt))
  // The chart leads as well.
  await chart.focus()
  await chart.press('Home')
  await expect(moment).toHaveAttribute('data-kind', 'expected')
})

test('a healthy run says so from beginning to end, and can be replayed', { tag: '@long' }, async ({
  hub,
  api,
  stack,
}) => {
  const backup = await BackupPage.start(hub, stack.vmName)
  await backup.expectState('completed')
  await hub.getByRole('slider', { name: 'Moment of the backup' }).press('Home')
  await expect(hub.getByTestId('replay-moment')).toContainText('Waits for')
  const { id } = await api.job(backup.backupId)
  const { moments } = await api.query<Replay>('backups.replay', { jobId: id })
  const kinds = new Set(moments.map(({ ledger }) => ledger.verdict.kind))
  expect([...kinds].filter((kind) => !['healthy', 'expected', 'nothing'].includes(kind))).toEqual([])
  expect(new Set(moments.map(({ state }) => state)).size).toBeGreaterThan(1)
})

test('limits are set for the whole hub, and a bad one is refused by its name', { tag: '@long' }, async ({
  hub,
  expectedErrors,
}) => {
  expectedErrors.push(/400/)
  await hub.goto('/settings/hub')
  const hard = hub.getByLabel('Copying: Stalled after (seconds)')
  await expect(hard).toHaveValue('4')
  await hard.fill('1')
  await hub.getByRole('button', { name: 'Save' }).click()
  await expect(hub.getByText('The hard limit must lie above the soft one.').first()).toBeVisible()
  await expect(hard).toHaveAttribute('aria-invalid', 'true')
  await hard.fill('9')
  await hub.getByRole('button', { name: 'Save' }).click()
  await expect(hub.getByTestId('toast')).toContainText('Saved')
  await hub.reload()
  await expect(hard).toHaveValue('9')
})
