import { expect, type Page } from '@playwright/test'
import type { Api } from '../fixtures/api.ts'
import { BackupPage } from './backup-page.ts'

/** The page's log is the hub's: every line once, in order. (Cleaning adds lines for a moment after the end.) */
export async function expectWholeLog(page: Page, api: Api): Promise<void> {
  const backup = new BackupPage(page)
  const job = await api.job(backup.backupId)
  await expect(async () => {
    const facts = (await api.events(job.id)).filter(({ data }) => data.kind.startsWith('job.'))
    expect(await backup.lines()).toEqual(facts.map(({ seq }) => seq))
  }).toPass({ timeout: 10_000 })
}
