import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

export const wide = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }
/** 1440 × 900 at 200 % zoom, in the pixels that the style sheet sees. */
export const zoomed = { width: 720, height: 450 }

/**
 * axe finds nothing in what is shown now.
 * @param rules  'colours': only what another theme can change
 * @param part   looks at this part alone
 */
export async function expectAccessible(
  page: Page,
  what: string,
  rules: 'all' | 'colours' = 'all',
  part = 'html',
): Promise<void> {
  // Without frames there is nothing that the page of its own which axe opens otherwise would be for. A tooltip hangs
  // outside of every landmark; what it says is its button's name.
  const axe = new AxeBuilder({ page })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] })
    .include(part)
    .exclude('[data-radix-popper-content-wrapper]')
  const { violations } = await (rules === 'all' ? axe.withTags(standards) : axe.withRules(['color-contrast'])).analyze()
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html }) => `${id} (${help}) at ${target.join(' ')}: ${html.slice(0, 160)}`),
  )
  expect(found, what).toEqual([])
}

/** Nothing makes the page wider than the window: what is wide scrolls by itself. */
export async function expectNoSideways(page: Page, what: string): Promise<void> {
  const over = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 120))
  })
  expect(over, `${what}: what is wider than the window`).toEqual([])
}

/** Both themes, a wide window, a phone and 200 % zoom, without leaving the page. */
export async function expectEverywhereAccessible(page: Page, what: string): Promise<void> {
  for (const [name, size] of Object.entries({ wide, phone })) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: 'light' })
    await expectAccessible(page, `${what}, ${name}, light`)
    await expectNoSideways(page, `${what}, ${name}`)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark')
    await expectAccessible(page, `${what}, ${name}, dark`, 'colours')
  }
  await page.setViewportSize(zoomed)
  await expectNoSideways(page, `${what}, at 200 %`)
  await page.setViewportSize(wide)
}
