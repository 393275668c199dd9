import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { Api } from '#e2e/fixtures/api.ts'
import { startProduct } from '#e2e/fixtures/product.ts'
import { startBackup, withHistory } from '#e2e/pages/places.ts'
import { waitFor } from '#lib/async/wait.ts'
import { build } from '#scripts/build.ts'
import playwright from '../../playwright.config.ts'
import { fileOf, MAX_TOTAL_BYTES, shotsOf, sizes } from './shots.ts'

// Pictures of the real product, taken while it backs a machine up: npm run screenshots writes them to docs/images.
const root = path.resolve(import.meta.dirname, '../..')
const images = path.join(root, 'docs', 'images')
const MIB = 1024 * 1024

await build(root, console.log)
await mkdir(images, { recursive: true })

const product = await startProduct('files-01')
try {
  await takeAll()
} finally {
  await product.end()
}

async function takeAll(): Promise<void> {
  const browser = await chromium.launch(playwright.use?.launchOptions)
  try {
    const context = await browser.newContext({ baseURL: product.info.url, reducedMotion: 'reduce' })
    const api = new Api(context.request, product.info)
    await api.signIn()
    const { vm } = await withHistory(api, product.info)
    const page = await context.newPage()
    const files = [
      ...(await runAndRecord(api, page)),
      ...(await take(page, 'vms', '/vms')),
      ...(await take(page, 'vm', vm)),
      ...(await take(page, 'backups', '/backups')),
      ...(await take(page, 'repositories', '/repositories')),
      ...(await take(page, 'appliances', '/appliances')),
    ]
    await sayTotal(files)
  } finally {
    await browser.close()
  }
}

/** A backup in the middle of its copy is what these pages are for; and what its page keeps of it. */
async function runAndRecord(api: Api, page: Page): Promise<string[]> {
  await product.tell('slow')
  const job = await startBackup(api, product.info.slowVmName)
  const live = `/backups/${encodeURIComponent(job.backupId)}`
  await open(page, live)
  const written = async () => (await api.job(job.id)).disks.some((disk) => (disk.allocatedBytes ?? 0) > 18 * MIB)
  if (!(await waitFor(written, { deadlineMs: 150_000, everyMs: 200 }))) throw new Error('the backup does not copy')
  const files = [
    ...(await picture(page, 'backup-live')),
    ...(await take(page, 'overview', '/')),
    ...(await take(page, 'exports', '/exports')),
  ]
  const { state } = await api.job(job.id)
  if (state !== 'copying') throw new Error(`the backup was ${state} before its pictures were taken`)
  await api.ended(job.id)
  return [...files, ...(await take(page, 'backup-record', live))]
}

async function open(page: Page, address: string): Promise<void> {
  await page.setViewportSize(sizes.wide)
  await page.goto(address)
  await page.locator('[data-testid=connection][data-state=live]').waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}

async function take(page: Page, name: string, address: string): Promise<string[]> {
  await open(page, address)
  return picture(page, name)
}

/** The page that is open, in both themes. */
async function picture(page: Page, name: string): Promise<string[]> {
  const files: string[] = []
  for (const shot of shotsOf(name)) {
    const file = path.join(images, fileOf(shot))
    await page.setViewportSize(sizes[shot.size])
    await page.emulateMedia({ colorScheme: shot.theme })
    await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', scale: 'css' })
    files.push(file)
  }
  return files
}

async function sayTotal(files: readonly string[]): Promise<void> {
  const bytes = (await Promise.all(files.map(async (file) => (await stat(file)).size))).reduce((a, b) => a + b, 0)
  console.log(`${files.length} pictures in docs/images, ${(bytes / MIB).toFixed(1)} MiB`)
  if (bytes > MAX_TOTAL_BYTES) throw new Error('That is more than a repository should carry: see shots.ts.')
}
