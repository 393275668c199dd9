import type { Page, TestInfo } from '@playwright/test'

const widths = [1440, 390] as const

/** Pictures of the page in both themes and at both widths, into the test's own output. */
export async function shoot(page: Page, info: TestInfo, name: string): Promise<void> {
  const before = page.viewportSize()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: info.outputPath(`${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: null })
  if (before) await page.setViewportSize(before)
}
