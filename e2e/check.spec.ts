import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { VmSummary } from '#contracts/views.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { expect, test } from './fixtures/test.ts'
import { expectAccessible, expectNoSideways } from './pages/axe.ts'

test('a healthy machine passes as one watches; with a disk gone it fails and says what to do', {
  tag: '@long',
}, async ({ hub, api, stack, tell }) => {
  test.setTimeout(120_000)
  const vm = (await api.query<VmSummary[]>('vms.list')).find(({ name }) => name === stack.vmName)
  await hub.goto(`/vms/${vm?.id}`)
  await expect(hub.getByText('Not checked yet.')).toBeVisible()
  await hub.getByRole('button', { name: 'Check this VM' }).click()
  const check = hub.getByTestId('check')
  await expect(check).toHaveAttribute('data-state', 'running')
  await expect(hub.locator('[data-check="ports"]')).toHaveAttribute('data-outcome', 'passed')
  await expect(check).toHaveAttribute('data-state', 'passed', { timeout: 45_000 })
  await expect(check).toContainText('A backup of it should work')
  await expect(hub.locator('[data-check="canary"]')).toContainText('read back, and are the same')
  await expect(hub.locator('[data-check="stored"]')).toHaveAttribute('data-outcome', 'passed')
  await expectAccessible(hub)

  await tell('hide-disk')
  try {
    await hub.goto(`/vms/${vm?.id}?check=1`)
    await expect(check).toHaveAttribute('data-state', 'failed', { timeout: 45_000 })
    const source = hub.locator('[data-check="source"]')
    await expect(source).toHaveAttribute('data-outcome', 'failed')
    await expect(source).toContainText('Disk 2001')
    await expect(source).toContainText('What to do:')
    await expect(hub).not.toHaveURL(/check=1/)
    for (const width of [1440, 390]) {
      await hub.setViewportSize({ width, height: 900 })
      await expectNoSideways(hub, `a failed check, ${width} px`)
    }
    await hub.setViewportSize({ width: 1280, height: 800 })
    await expectAccessible(hub)
  } finally {
    await tell('show-disk')
  }
  await hub.goto('/appliances')
  const last = hub.getByRole('region', { name: 'Last check, node-1' })
  await last.getByRole('button', { name: 'Check its tunnel' }).click()
  await expect(last.getByTestId('check')).toHaveAttribute('data-state', 'passed', { timeout: 45_000 })
})

test(
  'a support bundle is shown before it is saved, and is saved as it was shown; programs get verdict and figures',
  { tag: '@long' },
  async ({ hub, stack }, info) => {
    await hub.goto('/settings/hub')
    await hub.getByRole('button', { name: 'Support bundle' }).click()
    const files = hub.getByTestId('support-files')
    await expect(files.getByText('hub/appliances.json')).toBeVisible({ timeout: 30_000 })
    await files.getByText('hub/host.json').click()
    await expect(hub.getByLabel('Content of hub/host.json')).toContainText('"settings"')
    await expectAccessible(hub)
    const saving = hub.waitForEvent('download')
    await hub.getByRole('link', { name: 'Save the archive' }).click()
    const download = await saving
    expect(download.suggestedFilename()).toMatch(/^sendense-support-hub-.*\.tar\.gz$/)
    const archive = info.outputPath('bundle.tar.gz')
    await download.saveAs(archive)
    const failed = { code: 'internal' as const, happened: 'tar' }
    await runOrThrow('tar', ['-xzf', archive, '-C', path.dirname(archive), '--strip-components=1'], failed)
    const host = await readFile(path.join(path.dirname(archive), 'hub/host.json'), 'utf8')
    await expect(hub.getByLabel('Content of hub/host.json')).toHaveText(host, { useInnerText: false })

    const missing = await hub.request.get(`${stack.url}/api/v1/backups/backup-none-1700000000/verdict`)
    expect(missing.status()).toBe(404)
    expect(missing.headers()['content-type']).toContain('application/problem+json')
    expect(await missing.json()).toMatchObject({ status: 404, problem: { code: 'not_found' } })
    const figures = await hub.request.get(`${stack.url}/metrics`)
    expect(await figures.text()).toContain('sendense_engine_up 1')
  },
)

test('a stranger gets neither verdict nor bundle nor figures', async ({ request, stack }) => {
  for (const at of ['/api/v1/backups/backup-x-1700000000/verdict', `/api/v1/support/${crypto.randomUUID()}`]) {
    const response = await request.get(`${stack.url}${at}`)
    expect(response.status(), at).toBe(401)
    expect(response.headers()['content-type']).toContain('application/problem+json')
  }
  expect((await request.get(`${stack.url}/metrics`)).status()).toBe(401)
})
