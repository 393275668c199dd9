import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

export const wide = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }
/** 1440 × 900 at 200 % zoom, in the pixels that the style sheet sees. */
export const zoomed = { width: 720, height: 450 }

type Rules = 'all' | 'colours' | 'not colours'

async function violations(page: Page, what: string, rules: Rules, part: string): Promise<void> {
  // Without frames there is nothing that the page of its own which axe opens otherwise would be for. A tooltip hangs
  // outside of every landmark; what it says is its button's name.
  const axe = new AxeBuilder({ page })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] })
    .include(part)
    .exclude('[data-radix-popper-content-wrapper]')
  if (rules === 'colours') axe.withRules(['color-contrast'])
  else axe.withTags(standards)
  if (rules === 'not colours') axe.disableRules(['color-contrast'])
  const found = (await axe.analyze()).violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html }) => `${id} (${help}) at ${target.join(' ')}: ${html.slice(0, 160)}`),
  )
  expect(found, what).toEqual([])
}

/**
 * axe finds nothing in what is shown now, in light and in dark. A theme changes colours and nothing else, so dark is
 * looked at for those alone.
 * @param part  looks at this part alone
 */
export async function expectAccessible(page: Page, what = page.url(), part = 'html'): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  await violations(page, `${what}, light`, 'all', part)
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark')
  await violations(page, `${what}, dark`, 'colours', part)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Nothing makes the page wider than the window: what is wide scrolls by itself. A chart fits itself a moment after. */
export async function expectNoSideways(page: Page, what: string): Promise<void> {
  const over = () =>
    page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement
      if (scrollWidth <= clientWidth) return []
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
        .slice(0, 5)
        .map((element) => element.outerHTML.slice(0, 120))
    })
  await expect.poll(over, { message: `${what}: what is wider than the window` }).toEqual([])
}

/** Both themes, a wide window, a phone and 200 % zoom, without leaving the page. A width changes no colours. */
export async function expectEverywhereAccessible(page: Page, what: string): Promise<void> {
  await page.setViewportSize(wide)
  await expectAccessible(page, `${what}, wide`)
  await expectNoSideways(page, `${what}, wide`)
  await page.setViewportSize(phone)
  await violations(page, `${what}, phone`, 'not colours', 'html')
  await expectNoSideways(page, `${what}, phone`)
  await page.setViewportSize(zoomed)
  await expectNoSideways(page, `${what}, at 200 %`)
  await page.setViewportSize(wide)
}

/** The colours alone, in both themes: for a page whose structure is a library's. */
export async function expectColours(page: Page, part = 'html'): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await violations(page, `${page.url()}, ${colorScheme}`, 'colours', part)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
