import { chromium, type Page } from '@playwright/test'
import { Api, administrator } from '#e2e/fixtures/api.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { startStack } from '#e2e/world/stack.ts'
import { seed } from '#scripts/seed/seed.ts'
import config from '../../playwright.config.ts'
import { build } from '../build.ts'
import { median } from './figures.ts'

/**
 * How soon each page can be used, on the built product with 1,000 machines and 20,000 restore points: milliseconds from
 * the start of the navigation. Prints; asserts nothing, because a clock on a shared machine proves nothing.
 */
const ROUNDS = 5

/** Runs in the page before its own scripts: notes when it is taken over, and when its events flow. */
function watch(): void {
  const marks: { hydrated?: number; live?: number } = {}
  Object.assign(window, { marks })
  const look = () => {
    if (document.querySelector('header button:not([disabled])')) marks.hydrated ??= performance.now()
    if (document.querySelector('[data-testid=connection][data-state=live]')) marks.live ??= performance.now()
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
}

interface Visit {
  answered: number
  painted: number
  hydrated: number
  live: number
  htmlKib: number
}

async function visit(page: Page, url: string): Promise<Visit> {
  await page.goto(url)
  await page.locator('[data-testid=connection][data-state=live]').waitFor()
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

await build(process.cwd(), console.log)
await using made = new AsyncDisposableStack()
const server = made.use(await startTestPostgres())
const stack = made.use(await startStack({ server, web: true }))
const { prisma } = stack.hub
const { vmIds } = await seed(prisma, { vms: 1000, restorePoints: 20_000 })
const listed = JSON.stringify(await stack.services.vms.list()).length
const job = await prisma.job.findFirstOrThrow({ where: { state: 'completed' }, orderBy: { createdAt: 'desc' } })

const { launchOptions } = config.use ?? {}
const browser = await chromium.launch(launchOptions)
made.defer(() => browser.close())
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
const setupToken = stack.setupToken ?? ''
const api = new Api(context.request, {
  url: stack.url,
  setupToken,
  home: '',
  repositoryPath: '',
  vmName: '',
  slowVmName: '',
})
await api.signIn()
await context.addInitScript(watch)

console.log(
  `\nvms.list: ${(listed / 1024).toFixed(0)} KiB of JSON for 1,000 machines (signed in as ${administrator.email})`,
)
console.log(
  '\npage                  answered  painted  hydrated    live  HTML (gzip)   ms from navigation start, median of 5',
)
const places = ['/', '/vms', `/vms/${vmIds[0]}`, '/backups', `/backups/${job.backupId}`, '/repositories', '/appliances']
for (const place of [...places, '/exports', '/settings']) {
  const visits: Visit[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const page = await context.newPage()
    const measured = await visit(page, `${stack.url}${place}`)
    await page.close()
    // The first one fills caches.
    if (round > 0) visits.push(measured)
  }
  const of = (key: keyof Visit) => median(visits.map((each) => each[key])).toFixed(0)
  const name = place.replace(/[0-9a-f]{8}-[0-9a-f-]+|backup-.+/, '…')
  console.log(
    `${name.padEnd(20)} ${of('answered').padStart(9)} ${of('painted').padStart(8)} ${of('hydrated').padStart(9)} ${of('live').padStart(7)} ${of('htmlKib').padStart(8)} KiB`,
  )
}
