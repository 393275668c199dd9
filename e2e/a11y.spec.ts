import type { Locator, Page } from '@playwright/test'
import type { ApplianceView } from '#contracts/views.ts'
import { expect, FAILED_REQUEST, test } from './fixtures/test.ts'
import { answersOf, withoutPrefetch } from './pages/answers.ts'
import { expectAccessible, expectEverywhereAccessible, expectNoSideways, phone, wide, zoomed } from './pages/axe.ts'
import { BackupPage } from './pages/backup-page.ts'
import { places, withHistory } from './pages/places.ts'

const long = 'a machine that somebody described at length '.repeat(5).slice(0, 200)
const rightToLeft = 'خادم الملفات 01'

const live = (page: Page) => expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live')

/** The element with the focus shows it, and lies in the window. */
async function expectVisibleFocus(focused: Locator, what: string): Promise<void> {
  const seen = await focused.evaluate((element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none'
  })
  expect(seen, `${what}: the focus can be seen`).toBe(true)
  await expect(focused, what).toBeInViewport()
}

/** Past the rail by the first link, then on to something in the page itself. */
async function expectKeyboardReachesContent(page: Page, what: string): Promise<void> {
  const focused = page.locator(':focus')
  await page.keyboard.press('Tab')
  await expect(focused, what).toHaveText('Skip to content')
  await expectVisibleFocus(focused, what)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('main').locator(':focus'), what).toHaveCount(1)
  await expectVisibleFocus(focused, what)
}

const runningAnimations = (page: Page) =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .map((animation) => (animation instanceof CSSAnimation ? animation.animationName : animation.id)),
  )

async function expectGoodPage(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await live(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
  await expectKeyboardReachesContent(page, path)
  await expectEverywhereAccessible(page, path)
  expect(await runningAnimations(page), `${path}: what moves though motion is not wanted`).toEqual([])
}

/** The densest page. The others are looked at by npm run torture -- --tests. */
const always: readonly string[] = ['Overview']
for (const { path, name } of places)
  test(`${name} is for everybody`, { tag: always.includes(name) ? [] : '@long' }, async ({ hub, api, stack }) => {
    await withHistory(api, stack)
    await expectGoodPage(hub, path)
  })

test('a machine and the record of its backup are for everybody', { tag: '@long' }, async ({ hub, api, stack }) => {
  const { vm, backup } = await withHistory(api, stack)
  await expectGoodPage(hub, vm)
  await expectGoodPage(hub, backup)
})

test('the door and what is not there are for everybody', { tag: '@long' }, async ({ page, api, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST)
  await api.signIn()
  await page.goto('/no-such-page')
  await expectEverywhereAccessible(page, 'not found')
  await page.context().clearCookies()
  await page.goto('/sign-in/link#cut-sho')
  await expect(page.getByTestId('problem')).toContainText('was not copied whole')
  await expectEverywhereAccessible(page, 'a link that is refused')
  await page.goto('/sign-in')
  await expect(page).toHaveTitle('Sign in · Sendense')
  await expect(page.getByLabel('Password')).toBeVisible()
  await page.getByLabel('Email').fill('nobody@example.org')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible()
  await expectEverywhereAccessible(page, 'a refused sign-in')
})

test('the palette, the menus and the dialogs that an address opens are for everybody', { tag: '@long' }, async ({
  hub,
  api,
  stack,
}) => {
  const { vm } = await withHistory(api, stack)
  await hub.goto('/')
  await live(hub)
  await hub.keyboard.press('Control+k')
  const palette = hub.getByRole('dialog', { name: 'Search or jump to' })
  await expect(palette.getByRole('combobox')).toBeFocused()
  await expectEverywhereAccessible(hub, 'palette')
  await hub.keyboard.type(stack.vmName)
  await expect(palette.getByRole('option').first()).toContainText(stack.vmName)
  await hub.keyboard.press('Escape')
  await expect(palette).toHaveCount(0)

  await hub.setViewportSize(phone)
  await hub.getByRole('button', { name: 'More' }).click()
  await expect(hub.getByRole('dialog', { name: 'More' })).toBeVisible()
  await expectAccessible(hub, 'the places on a phone')
  await hub.getByRole('dialog', { name: 'More' }).getByRole('button', { name: 'Close' }).click()
  await expect(hub.getByRole('dialog')).toHaveCount(0)
  await hub.setViewportSize(wide)

  await hub.getByRole('button', { name: 'Theme' }).press('Enter')
  await expect(hub.getByRole('menu')).toBeVisible()
  await expectAccessible(hub, 'theme menu', '[role=menu]')
  await hub.keyboard.press('Escape')
  await expect(hub.getByRole('button', { name: 'Theme' })).toBeFocused()

  for (const address of ['/repositories?add=1', '/appliances?add=1', `${vm}?backup=1`]) {
    await hub.goto(address)
    await live(hub)
    await expectEverywhereAccessible(hub, address)
  }
})

test('a backup that runs, and the question before it is cancelled, are for everybody', { tag: '@long' }, async ({
  hub,
  stack,
  tell,
}) => {
  const backup = await BackupPage.start(hub, stack.slowVmName)
  await backup.expectState('copying')
  await backup.bytesAbove(2000, 'allocated', 1024 * 1024)
  for (const bar of await hub.getByRole('progressbar').all()) await expect(bar).toHaveAttribute('aria-valuetext', /\w/)
  await expectEverywhereAccessible(hub, 'a running backup')
  expect(await runningAnimations(hub)).toEqual([])
  await hub.getByRole('button', { name: 'Cancel backup' }).click()
  const question = hub.getByRole('alertdialog')
  await expect(question.getByRole('button', { name: 'No, go on' })).toBeFocused()
  await expectAccessible(hub, 'the question')
  await hub.setViewportSize(phone)
  await expectNoSideways(hub, 'the question on a phone')
  await hub.setViewportSize(wide)
  await question.getByRole('button', { name: 'Yes, cancel it' }).click()
  await backup.expectState('cancelled')
  await expectAccessible(hub, 'a cancelled backup')
  expect(await tell('leaks')).toEqual([])
})

test('appliances that are not well, and a page that fell over, are for everybody', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  expectedErrors,
}) => {
  await withHistory(api, stack)
  await hub.goto('/settings')
  await live(hub)
  await withoutPrefetch(hub)
  const answers = await answersOf(hub)
  const go = (name: string) => hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
  const problem = { code: 'protocol_mismatch', happened: 'It speaks protocol 1.', safe: 'All.', remedy: 'Update it.' }
  const tools = [{ name: 'nbdkit', version: null }]
  answers.change(/^appliances\.list/, (said) =>
    (said as ApplianceView[]).flatMap((each) => [
      { ...each, id: 'a', name: long, state: 'offline', connectedAt: null, tools },
      { ...each, id: 'b', name: rightToLeft, state: 'mismatch', problem },
      { ...each, id: 'c', name: 'paused', state: 'paused', tools: [] },
      { ...each, id: 'e', name: 'gone', state: 'revoked', connectedAt: null },
      { ...each, id: 'd', name: 'new', state: 'offline', connectedAt: null, lastSeenAt: null },
    ]),
  )
  await go('Appliances')
  for (const words of [
    'It is not connected',
    'different versions',
    'Paused by somebody',
    'Its key is out for good',
    'has not dialled in yet',
  ])
    await expect(hub.getByText(words)).toBeVisible()
  await expectEverywhereAccessible(hub, 'appliances that are not well')

  expectedErrors.push(/./)
  answers.change(/^repositories\.list/, () => ({ not: 'a list' }))
  await go('Repositories')
  await expect(hub.getByRole('heading', { level: 1 })).toHaveText('This page could not be shown')
  await expect(hub.getByTestId('problem')).toContainText('Running backups do not need this page')
  await expectEverywhereAccessible(hub, 'a page that fell over')
  answers.pass()
  await hub.getByRole('button', { name: 'Try again' }).click()
})

test('names of 200 characters and from right to left break no page', { tag: '@long' }, async ({ hub, api, stack }) => {
  await withHistory(api, stack)
  await hub.goto('/settings')
  await live(hub)
  await withoutPrefetch(hub)
  const answers = await answersOf(hub)
  const quoted = JSON.stringify
  answers.change(/./, (said) =>
    JSON.parse(
      quoted(said)
        .replaceAll(quoted(stack.vmName), quoted(long))
        .replaceAll(quoted(stack.slowVmName), quoted(rightToLeft)),
    ),
  )
  for (const [link, testId] of [
    ['Overview', 'recent-points'],
    ['Virtual machines', 'vms'],
    ['Backups', 'jobs'],
  ] as const) {
    await hub.setViewportSize(wide)
    await hub.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: link }).click()
    await expect(hub.getByTestId(testId).getByText(long).first()).toBeAttached()
    if (testId === 'vms') {
      await expect(hub.getByTestId(testId).getByText(rightToLeft).first()).toBeVisible()
      await hub.getByTestId(testId).getByRole('link', { name: long }).click()
      await expect(hub.getByRole('heading', { level: 1 })).toHaveText(long)
    }
    for (const size of [wide, phone, zoomed]) {
      await hub.setViewportSize(size)
      await expectNoSideways(hub, `${link} with long names`)
    }
  }
  await hub.unrouteAll({ behavior: 'ignoreErrors' })
})
