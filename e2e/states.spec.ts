import type { Page } from '@playwright/test'
import type { ApplianceView } from '#contracts/views.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { type Answers, answersOf, withoutPrefetch } from './pages/answers.ts'
import { expectAccessible } from './pages/axe.ts'
import { withHistory } from './pages/places.ts'

/** Places whose content is a list, and what stands in it when all is well. */
const lists = [
  // Before the machines, whose page asks for the appliances as well: what has been asked for is known at once.
  { name: 'Appliances', shows: () => 'node-1' },
  { name: 'Virtual machines', shows: (stack: { vmName: string }) => stack.vmName },
  { name: 'Backups', shows: (stack: { vmName: string }) => stack.vmName },
  { name: 'Repositories', shows: (stack: { repositoryPath: string }) => stack.repositoryPath },
  { name: 'Exports & tunnels', shows: () => 'node-1' },
] as const

const main = (page: Page) => page.getByRole('main')
const waiting = (page: Page) => main(page).locator('[role=status][aria-busy=true]').first()
const problem = (page: Page) => main(page).getByRole('alert').first()

/** By the rail, as a person goes there; the page that comes has read nothing on the server. */
async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
}

async function open(page: Page): Promise<{ answers: Answers; unread: () => number }> {
  await page.goto('/settings')
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  const unread = await withoutPrefetch(page)
  return { answers: await answersOf(page), unread }
}

/** A failed question is asked again after a second, then two: those pass at once. */
async function passRetries(page: Page): Promise<void> {
  await expect(async () => {
    await page.clock.fastForward(5000)
    await expect(problem(page)).toBeVisible({ timeout: 300 })
  }).toPass({ timeout: 10_000 })
}

test('each list says that it is on its way, and what came stands where the waiting stood', { tag: '@long' }, async ({
  hub,
  api,
  stack,
}) => {
  await withHistory(api, stack)
  const { answers, unread } = await open(hub)
  for (const { name, shows } of lists) {
    answers.hold()
    await go(hub, name)
    await expect(waiting(hub), name).toBeVisible()
    await expect(waiting(hub), name).toContainText(/Reading .+…/)
    if (name === lists[0].name) await expectAccessible(hub, `${name}, on its way`)
    const heading = await hub.getByRole('heading', { level: 1 }).boundingBox()
    answers.pass()
    await expect(main(hub).getByText(shows(stack)).first(), name).toBeVisible()
    await expect(waiting(hub), name).toHaveCount(0)
    expect(await hub.getByRole('heading', { level: 1 }).boundingBox(), `${name}: nothing jumps`).toEqual(heading)
  }
  expect(unread()).toBeGreaterThanOrEqual(lists.length)
})

test('each list that cannot be read says what happened, what is safe and what to do, and can be tried again', {
  tag: '@long',
}, async ({ hub, api, stack, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  await withHistory(api, stack)
  const { answers } = await open(hub)
  await hub.clock.install()
  for (const [index, { name, shows }] of lists.entries()) {
    if (index % 2 === 0) answers.fail()
    else answers.refuse()
    await go(hub, name)
    await passRetries(hub)
    await expect(problem(hub), name).toContainText('does not answer')
    await expect(problem(hub), name).toContainText('What is safe:')
    await expect(problem(hub), name).toContainText('What to do:')
    if (name === lists[0].name) await expectAccessible(hub, `${name}, not read`)
    await problem(hub).getByRole('button', { name: 'Try again' }).click()
    await passRetries(hub)
    answers.pass()
    for (const again of await main(hub).getByRole('button', { name: 'Try again' }).all()) await again.click()
    await expect(main(hub).getByText(shows(stack)).first(), name).toBeVisible()
    await expect(main(hub).getByRole('alert'), name).toHaveCount(0)
  }
})

test('what one question could not say does not hide what the others said', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await withHistory(api, stack)
  const { answers } = await open(hub)
  await hub.clock.install()
  for (const [name, broken, whole] of [
    ['Exports & tunnels', /^exports\.list/, 'node-1'],
    ['Virtual machines', /^appliances\.list/, stack.vmName],
  ] as const) {
    answers.failOnly(broken)
    await go(hub, name)
    await expect(main(hub).getByText(whole).first(), name).toBeVisible()
    if (name === 'Virtual machines') continue
    await passRetries(hub)
    await expect(problem(hub)).toContainText('Something went wrong inside the hub.')
    await expect(main(hub).getByText(whole).first()).toBeVisible()
  }
})

test('an answer that cannot be renewed stays, and says that it is old', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  expectedErrors,
}) => {
  expectedErrors.push(FAILED_REQUEST)
  await withHistory(api, stack)
  await hub.goto('/appliances')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  const answers = await answersOf(hub)
  await hub.clock.install()
  answers.fail()
  const [appliance] = await api.query<ApplianceView[]>('appliances.list')
  await api.mutate('vms.refresh', { applianceId: appliance?.id })
  await passRetries(hub)
  await expect(problem(hub)).toContainText('old')
  await expect(main(hub).getByText('node-1').first()).toBeVisible()
  answers.pass()
  await problem(hub).getByRole('button', { name: 'Try again' }).click()
  await expect(main(hub).getByRole('alert')).toHaveCount(0)
})

test('an empty list is one sentence and one thing to do', { tag: '@long' }, async ({ hub, api, stack }) => {
  await withHistory(api, stack)
  const { answers } = await open(hub)
  answers.empty()
  for (const { name, shows } of lists) {
    await go(hub, name)
    await expect(waiting(hub), name).toHaveCount(0)
    await expect(main(hub).getByText(shows(stack)), name).toHaveCount(0)
    await expect(
      main(hub)
        .getByText(/\b(no|none|yet|nothing)\b/i)
        .first(),
      name,
    ).toBeVisible()
    await expect(main(hub).locator('a, button').first(), name).toBeVisible()
    if (name === lists[0].name) await expectAccessible(hub, `${name}, empty`)
  }
})
