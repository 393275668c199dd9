import type { BrowserContext, Page } from '@playwright/test'
import { median } from '../figures.ts'

/** Runs in the page before its own scripts: notes when it is taken over, and when its events flow. */
export function watch(): void {
  const marks: { hydrated?: number; live?: number } = {}
  Object.assign(window, { marks })
  const look = () => {
    if (document.querySelector('header button:not([disabled])')) marks.hydrated ??= performance.now()
    if (document.querySelector('[data-testid=connection][data-state=live]')) marks.live ??= performance.now()
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
}

/** Milliseconds from the start of the navigation; sizes as they came over the wire. */
interface Visit {
  answered: number
  painted: number
  hydrated: number
  live: number
  htmlKib: number
}

export const isLive = (page: Page) =>
  page.locator('[data-testid=connection][data-state=live]').waitFor({ timeout: 90_000 })

async function visit(page: Page, url: string): Promise<Visit> {
  await page.goto(url)
  await isLive(page)
  return page.evaluate(() => {
    const { marks } = window as unknown as { marks: { hydrated?: number; live?: number } }
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    return {
      answered: navigation?.responseStart ?? Number.NaN,
      painted: paint?.startTime ?? Number.NaN,
      hydrated: marks.hydrated ?? Number.NaN,
      live: marks.live ?? Number.NaN,
      htmlKib: (navigation?.encodedBodySize ?? 0) / 1024,
    }
  })
}

export const visitHeads =
  'page                  answered  painted  hydrated    live  HTML (gzip)   ms from navigation start, median'

/** Opens the page again and again, each time in a tab of its own; the first one fills caches. @returns a line of the table */
export async function visits(context: BrowserContext, base: string, place: string, rounds: number): Promise<string> {
  const all: Visit[] = []
  for (let round = 0; round <= rounds; round++) {
    const page = await context.newPage()
    const measured = await visit(page, `${base}${place}`)
    await page.close()
    if (round > 0) all.push(measured)
  }
  const of = (key: keyof Visit) => median(all.map((each) => each[key])).toFixed(0)
  return [
    nameOf(place).padEnd(20),
    of('answered').padStart(9),
    of('painted').padStart(8),
    of('hydrated').padStart(9),
    of('live').padStart(7),
    `${of('htmlKib').padStart(8)} KiB`,
  ].join(' ')
}

/** Addresses without their ids. */
export const nameOf = (place: string) => place.replace(/[0-9a-f]{8}-[0-9a-f-]+|backup-.+/, '…')
