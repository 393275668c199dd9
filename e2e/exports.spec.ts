import { stat } from 'node:fs/promises'
import { run } from '#lib/process/run.ts'
import { expect, test } from './fixtures/test.ts'
import { expectAccessible } from './pages/axe.ts'
import { BackupPage } from './pages/backup-page.ts'
import { filesOf } from './pages/image-files.ts'

test.afterEach(async ({ tell }) => {
  await tell('slow')
  expect(await tell('leaks')).toEqual([])
})

test(
  'a disk of a restore point is served, read to the last byte by the address shown, and stopped',
  { tag: '@long' },
  async ({ hub, stack }, info) => {
    const backup = await BackupPage.start(hub, stack.vmName)
    await backup.expectState('completed')
    const { backupId } = backup
    const image = (await filesOf(stack.repositoryPath, backupId)).find((file) => file.endsWith('disk-2000.qcow2')) ?? ''
    const source = stack.largeDiskPath

    const dialog = hub.getByRole('dialog', { name: 'Serve a restore point' })
    // From its own page the restore point is chosen already.
    await hub.getByRole('link', { name: 'Serve a disk' }).click()
    await expect(dialog.getByLabel('Restore point')).toHaveValue(backupId)
    await hub.goto('/exports')
    await expect(hub.getByTestId('exports')).toHaveCount(0)
    await hub.getByRole('button', { name: 'Serve a restore point' }).first().click()
    await dialog.getByLabel('Virtual machine').selectOption({ label: stack.vmName })
    await dialog.getByLabel('Restore point').selectOption(backupId)
    await expect(dialog.getByLabel('Disk').locator('option')).toHaveText([/^2000 · /, /^2001 · /])
    await dialog.getByRole('button', { name: 'Serve read-only' }).click()
    const url = (await dialog.getByTestId('served').locator('pre').first().textContent()) ?? ''
    expect(url).toMatch(/^nbd:\/\/127\.0\.0\.1:\d+\/pgtest1-disk-2000$/)
    await expectAccessible(hub)

    const copy = info.outputPath('copy.raw')
    expect(await run('nbdcopy', [url, copy], { timeoutMs: 60_000 })).toMatchObject({ ok: true })
    expect((await stat(copy)).size).toBe((await stat(source)).size)
    for (const [kind, file] of [
      ['raw', source],
      ['qcow2', image],
    ] as const) {
      const compared = await run('qemu-img', ['compare', '-f', 'raw', '-F', kind, url, file], { timeoutMs: 60_000 })
      expect(compared.stdout, file).toContain('Images are identical')
    }
    // It cannot be written.
    expect(await run('qemu-io', ['-f', 'raw', '-c', 'write 0 512', url], { timeoutMs: 20_000 })).toMatchObject({
      ok: false,
    })

    await dialog.getByRole('button', { name: 'Done' }).click()
    await expect(hub).toHaveURL(/\/exports$/)
    const row = hub.getByTestId('exports').getByRole('listitem')
    await expect(row).toHaveCount(1)
    await expect(row).toContainText('Read-only')
    await expect(row.getByRole('link', { name: backupId })).toBeVisible()
    await row.getByRole('button', { name: 'Probe' }).click()
    await expect(row.getByTestId('probe-result')).toContainText('Answers')
    await row.getByRole('button', { name: 'Stop' }).click()
    await hub.getByRole('button', { name: 'Yes, stop it' }).click()
    await expect(hub.getByTestId('exports')).toHaveCount(0)
    expect(await run('nbdinfo', ['--size', url], { timeoutMs: 20_000 })).toMatchObject({ ok: false })
  },
)

test('exports and tunnels of a backup come and go by themselves, and are not stopped in its back', {
  tag: '@long',
}, async ({ hub, context, stack, tell, expectedErrors }) => {
  await hub.goto('/exports')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  await expect(hub.getByTestId('tunnels').getByRole('listitem')).toHaveCount(1)
  const other = await context.newPage()
  const backup = await BackupPage.start(other, stack.slowVmName)
  await backup.expectState('copying')

  const exports = hub.getByTestId('exports').getByRole('listitem')
  await expect(exports).toHaveCount(1)
  await expect(exports).toContainText('Written')
  await expect(exports.getByRole('link', { name: backup.backupId })).toBeVisible()
  const data = hub.getByTestId('tunnels').getByRole('listitem').filter({ hasText: 'Data of node-1' })
  await expect(data).toHaveCount(1)
  expectedErrors.push(/Failed to load resource/)
  await data.getByRole('button', { name: 'End' }).click()
  await hub.getByRole('button', { name: 'Yes, end it' }).click()
  await expect(data.getByTestId('problem')).toContainText('A running backup copies through this tunnel')
  await exports.getByRole('button', { name: 'Stop' }).click()
  await hub.getByRole('button', { name: 'Yes, stop it' }).click()
  await expect(exports.getByTestId('problem')).toContainText('A running backup writes through this export')
  await expectAccessible(hub)

  await tell('hasten')
  await backup.expectState('completed')
  await expect(hub.getByTestId('exports')).toHaveCount(0)
  await expect(hub.getByTestId('tunnels').getByRole('listitem')).toHaveCount(1)
})
