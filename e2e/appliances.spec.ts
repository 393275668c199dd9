import path from 'node:path'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { startProgram } from './pages/appliance-program.ts'
import { expectAccessible } from './pages/axe.ts'
import { shoot } from './pages/shoot.ts'
import { testDirectory } from './world/files.ts'

test('an appliance answers a probe, tells its machines and its tools', async ({ hub }) => {
  await hub.goto('/appliances')
  const card = hub.getByTestId('appliances').locator('> li')
  await expect(card).toHaveCount(1)
  await expect(card.getByText('Online')).toBeVisible()
  await expect(card.getByRole('region', { name: 'Tools found' })).toContainText('nbdkit')
  await expect(card.getByText('missing')).toHaveCount(0)
  await card.getByRole('button', { name: 'Probe' }).click()
  await expect(card.getByTestId('probe-result')).toContainText('Answers')
  await card.getByRole('button', { name: 'Refresh inventory' }).click()
  await expect(card.getByTestId('inventory-result')).toContainText('2 virtual machines')
})

test('a paused appliance is out until it is let in again', { tag: '@long' }, async ({ hub, api }) => {
  await hub.goto('/appliances')
  const card = hub.getByTestId('appliances').locator('> li')
  await card.getByRole('button', { name: 'Pause' }).click()
  await expect(hub.getByRole('alertdialog')).toContainText('Its key is taken out')
  await expect(hub.getByRole('button', { name: 'No' }), 'the way back has the focus').toBeFocused()
  await hub.getByRole('button', { name: 'Yes, pause it' }).click()
  await expect(card.getByText('Paused by somebody')).toBeVisible()
  await expect(card.getByRole('button', { name: 'Probe' })).toBeDisabled()
  expect(await api.query<unknown[]>('tunnels.list')).toEqual([])
  await expectAccessible(hub)

  await card.getByRole('button', { name: 'Let in again' }).click()
  await hub.getByRole('button', { name: 'Yes, let it in' }).click()
  await expect(card.getByText('Online')).toBeVisible({ timeout: 30_000 })
  expect(await api.query<unknown[]>('tunnels.list')).toHaveLength(1)
})

test('an appliance is let in, told where to dial, and shown until it does', { tag: '@long' }, async ({
  hub,
  expectedErrors,
}) => {
  await hub.goto('/appliances?register=1')
  const dialog = hub.getByRole('dialog', { name: 'Let an appliance in' })
  await dialog.getByLabel('Name', { exact: true }).fill('node-2')
  await expect(dialog.getByText('--name node-2')).toBeVisible()
  await dialog.getByLabel('API token').fill('a token of sixteen characters and more')
  await dialog.getByLabel('Public key').fill('not a key')
  expectedErrors.push(FAILED_REQUEST)
  await dialog.getByRole('button', { name: 'Let it in' }).click()
  await expect(dialog.getByLabel('Public key').or(dialog.getByTestId('problem')).first()).toBeVisible()
  await expect(dialog.getByTestId('registered')).toHaveCount(0)

  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGAh0eWjff1CCCY5dV8ed661TFhMMN271aHwiH6dcGdb node-2'
  await dialog.getByLabel('Public key').fill(key)
  await dialog.getByRole('button', { name: 'Let it in' }).click()
  const told = dialog.getByTestId('registered')
  await expect(told).toContainText('sendense-appliance join')
  await expect(told).toContainText("--host-key 'ssh-ed25519 ")
  await expect(told).toContainText('sendense-appliance run')
  await expectAccessible(hub)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toHaveCount(0)

  const card = hub.getByTestId('appliances').locator('> li').filter({ hasText: 'node-2' })
  await expect(card.getByText('It has not dialled in yet')).toBeVisible()
  await card.getByRole('button', { name: 'What it must be told' }).click()
  await expect(hub.getByTestId('tell-it')).toContainText('--control-port')
  await hub.keyboard.press('Escape')
  await card.getByRole('button', { name: 'Pause' }).click()
  await hub.getByRole('button', { name: 'Yes, pause it' }).click()
  await expect(card.getByText('Paused by somebody')).toBeVisible()
})

test('an appliance enrols by a code, is approved by its key, comes online, and is revoked', async ({
  hub,
  api,
  stack,
}, info) => {
  await using made = await testDirectory('enrol')
  const data = ['--data', path.join(made.path, 'appliance')]
  await hub.goto('/appliances?add=1')
  const dialog = hub.getByRole('dialog', { name: 'Add an appliance' })
  await dialog.getByRole('button', { name: 'Make a code' }).click()
  await expect(dialog.getByTestId('pairing-code')).toContainText(`sendense-appliance enroll --hub ${stack.url}`)
  await expect(dialog.getByRole('timer')).toHaveText(/^1[45]:\d\d$/)
  await expectAccessible(hub, hub.url(), '[role=dialog]')
  await shoot(hub, info, 'pairing-code')
  const code = (await dialog.getByTestId('code').textContent()) ?? ''

  const where = ['--name', 'node-9', '--listen', '127.0.98.2', '--api-port', '9099']
  await using enroll = startProgram(['enroll', '--hub', stack.url, ...data, ...where], code)
  const key = dialog.getByTestId('enrolment-key')
  await expect(key).toContainText('SHA256:', { timeout: 10_000 })
  const shown = (await key.textContent()) ?? 'no key'
  await expect.poll(enroll.said).toContain(shown)
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('node-9')
  await expectAccessible(hub, hub.url(), '[role=dialog]')
  await shoot(hub, info, 'enrolment-request')

  // Whoever closed the dialog decides on the page.
  await hub.keyboard.press('Escape')
  const waiting = hub.getByTestId('waiting')
  await expect(waiting).toContainText('127.0.0.1')
  await waiting.getByRole('button', { name: 'Approve' }).click()
  await expect(waiting).toHaveCount(0)
  expect(await enroll.ended).toBe(0)
  expect(enroll.said()).toContain('Approved as node-9')
  await using daemon = startProgram(['run', ...data])
  const card = hub.getByTestId('appliances').locator('> li').filter({ hasText: 'node-9' })
  await expect(card.getByText('Online')).toBeVisible({ timeout: 15_000 })

  const sessions = async () =>
    (await api.query<{ applianceName: string | null }[]>('tunnels.list')).map((one) => one.applianceName)
  expect(await sessions()).toContain('node-9')
  await card.getByRole('button', { name: 'Revoke' }).click()
  await expect(hub.getByRole('alertdialog')).toContainText('its key is taken out, its tunnels end')
  await hub.getByRole('button', { name: 'Yes, revoke it' }).click()
  await expect(card.getByText('Its key is out for good')).toBeVisible()
  await expect(card.getByRole('button', { name: 'Probe' })).toHaveCount(0)
  expect(await sessions()).not.toContain('node-9')
  await expect.poll(daemon.said, { timeout: 10_000 }).toContain("the hub refused the appliance's key")
  await shoot(hub, info, 'revoked')
})

test('what strangers may ask answers no more than it must', async ({ stack, request }) => {
  const ask = async (question: string, data: string, headers = {}) => {
    const url = `${stack.url}/api/enroll/${question}`
    const answer = await request.post(url, { data, headers: { 'content-type': 'application/json', ...headers } })
    return { status: answer.status(), text: await answer.text() }
  }
  const zeros = 'A'.repeat(43)
  const unknown = await ask('challenge', JSON.stringify({ codeKey: zeros, nonce: zeros }), {
    origin: 'https://elsewhere.example',
  })
  expect(unknown).toMatchObject({ status: 403, text: expect.stringContaining('does not accept this pairing code') })
  const bodies = ['', '{', 'null', '[]', '{"codeKey":1}', '{"codeKey":"\\u0000","nonce":"x"}', '"x"'.repeat(100)]
  for (const body of bodies) expect((await ask('challenge', body)).status, body).toBe(400)
  expect((await ask('request', `{"name":"${'x'.repeat(5000)}"}`)).status).toBe(413)
  expect((await ask('status', '{"enrolmentId":"00000000-0000-4000-8000-000000000000"}')).status).toBe(404)
  expect((await ask('status', '{"enrolmentId":"x"}')).text).toContain('enrolmentId')
  expect([401, 403, 404, 405]).toContain((await request.get(`${stack.url}/api/enroll/list`)).status())
})
