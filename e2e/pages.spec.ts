import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'

test('every page arrives with its content, before any script runs', async ({ hub, stack, api }) => {
  const vms = await api.query<{ id: string }[]>('vms.list')
  for (const [place, text] of [
    ['/', 'No backup is running.'],
    ['/vms', stack.vmName],
    [`/vms/${vms[0]?.id}`, 'Hard disk 1'],
    ['/repositories', stack.repositoryPath],
    ['/appliances', 'node-1'],
    ['/exports', 'Control of'],
    ['/housekeeping', 'Nothing is left over'],
    ['/settings', 'ada@example.org'],
    ['/settings/hub', stack.url],
  ] as const) {
    const html = await (await hub.request.get(`${stack.url}${place}`)).text()
    expect(html.replaceAll('<!-- -->', '').replaceAll(/<script.*?<\/script>/gs, ''), place).toContain(text)
  }
})

test('what is not there says so', async ({ hub, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  for (const place of [
    '/no-such-page',
    '/vms/x',
    '/backups/backup-none-1795434761',
    '/vms/00000000-0000-4000-8000-000000000000',
  ]) {
    const response = await hub.goto(place)
    expect(response?.status(), place).toBe(404)
    await expect(hub.getByRole('heading', { level: 1 })).toHaveText('Not found')
  }
})

test('a tunnel answers a probe, is dialled again, and the list follows by itself', { tag: '@long' }, async ({
  hub,
}) => {
  await hub.goto('/exports')
  const tunnel = hub.getByTestId('tunnels').getByRole('listitem').first()
  await tunnel.getByRole('button', { name: 'Probe' }).click()
  await expect(tunnel.getByTestId('probe-result')).toContainText('Answers')
  const process = tunnel.getByText('Process').locator('xpath=following-sibling::dd')
  const before = await process.textContent()
  await tunnel.getByRole('button', { name: 'Dial again' }).click()
  await expect(hub.getByTestId('tunnels').getByText('Process').locator('xpath=following-sibling::dd')).not.toHaveText(
    before ?? '',
    { timeout: 30_000 },
  )
})
