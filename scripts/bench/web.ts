import { chromium } from '@playwright/test'
import { Api, administrator } from '#e2e/fixtures/api.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { startStack } from '#e2e/world/stack.ts'
import { seed } from '#scripts/seed/seed.ts'
import config from '../../playwright.config.ts'
import { build } from '../build.ts'
import { frameHeads, frames } from './web/frames.ts'
import { moveJobs } from './web/running.ts'
import { visitHeads, visits, watch } from './web/visits.ts'

/**
 * How soon each page can be used, on the built product with 1,000 machines and 20,000 restore points; then how smoothly
 * it draws, and how large its tab is, while 50 jobs run. Prints; asserts nothing, because a clock on a shared machine proves
 * nothing.
 */
const ROUNDS = 5

await build(process.cwd(), console.log)
await using made = new AsyncDisposableStack()
const server = made.use(await startTestPostgres())
const stack = made.use(await startStack({ server, web: true }))
const { prisma } = stack.hub
await seed(prisma, { vms: 1000, restorePoints: 20_000, running: 50 })
const listed = JSON.stringify(await stack.services.vms.list()).length
const job = await prisma.job.findFirstOrThrow({ where: { state: 'completed' }, orderBy: { createdAt: 'desc' } })
const live = await prisma.job.findFirstOrThrow({ where: { state: 'copying' } })
const [most] = await prisma.backup.groupBy({
  ...{ by: ['vmId'], _count: { id: true }, take: 1 },
  orderBy: { _count: { id: 'desc' } },
})

const browser = await chromium.launch(config.use?.launchOptions)
made.defer(() => browser.close())
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
const none = { home: '', repositoryPath: '', vmName: '', slowVmName: '', largeDiskPath: '' }
const api = new Api(context.request, { ...none, url: stack.url, setupToken: stack.setupToken ?? '' })
await api.signIn()
await context.addInitScript(watch)

console.log(
  `\nvms.list: ${(listed / 1024).toFixed(0)} KiB of JSON for 1,000 machines (signed in as ${administrator.email})`,
)
console.log(`the machine's page: the one with the most restore points (${most?._count.id})`)
const places = ['/', '/vms', `/vms/${most?.vmId}`, '/backups', `/backups/${job.backupId}`]
const others = ['/repositories', '/appliances', '/exports', '/housekeeping', '/settings']
console.log(`\n${visitHeads} of ${ROUNDS}`)
for (const place of [...places, ...others]) console.log(await visits(context, stack.url, place, ROUNDS))

await using running = await moveJobs(prisma)
console.log(`\n${running.jobs} jobs that run, each with new figures every second\n${frameHeads}`)
for (const place of ['/', '/vms', `/vms/${live.vmId}`, '/backups', `/backups/${live.backupId}`, '/exports'])
  console.log(await frames(browser, context, stack.url, place))
