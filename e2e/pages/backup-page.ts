import { expect, type Locator, type Page } from '@playwright/test'

/** The page of one backup, as a person reads it. */
export class BackupPage {
  readonly page: Page
  readonly root: Locator

  constructor(page: Page) {
    this.page = page
    this.root = page.getByTestId('backup')
  }

  /** From the list of machines to a backup that was just asked for. */
  static async start(page: Page, vmName: string): Promise<BackupPage> {
    await page.goto('/vms')
    await page.getByTestId('vms').getByRole('link', { name: vmName, exact: true }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(vmName)
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Start backup' }).click()
    await page.waitForURL(/\/backups\/backup-/)
    return new BackupPage(page)
  }

  get backupId(): string {
    return decodeURIComponent(new URL(this.page.url()).pathname.split('/').at(-1) ?? '')
  }

  async expectState(state: string, timeout = 30_000): Promise<void> {
    await expect(this.root).toHaveAttribute('data-state', state, { timeout })
  }

  async expectLive(timeout = 10_000): Promise<void> {
    await expect(this.page.getByTestId('connection')).toHaveAttribute('data-state', 'live', { timeout })
  }

  /** The exact number behind a figure of a disk. */
  async bytes(key: number, figure: 'allocated' | 'read' | 'data' | 'size'): Promise<number> {
    const text = await this.page.getByTestId(`disk-${key}-${figure}`).getAttribute('data-bytes')
    return text === null ? Number.NaN : Number(text)
  }

  /** Waits until the figure is above a number; answers with it. */
  async bytesAbove(key: number, figure: 'allocated', than: number): Promise<number> {
    await expect.poll(() => this.bytes(key, figure), { timeout: 20_000 }).toBeGreaterThan(than)
    return this.bytes(key, figure)
  }

  /** The numbers of the log's lines, from top to bottom. */
  async lines(): Promise<string[]> {
    return this.page
      .getByTestId('events')
      .getByRole('listitem')
      .evaluateAll((items) => items.map((item) => item.getAttribute('data-seq') ?? ''))
  }
}
