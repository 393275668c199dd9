import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CleaningResult } from '#contracts/housekeeping.ts'
import { isTerminal } from '#contracts/job.ts'
import type { RepositoryView, VmSummary, VmView } from '#contracts/views.ts'
import type { Api } from './fixtures/api.ts'
import { expect, test } from './fixtures/test.ts'
import { expectEverywhereAccessible } from './pages/axe.ts'

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

/** A backup that is over, and the directory that would have its name if it had been left unfinished. */
async function leftover(
  api: Api,
  vmName: string,
  repositoryPath: string,
): Promise<{ partial: string; backupId: string }> {
  const vm = (await api.query<VmSummary[]>('vms.list')).find(({ name }) => name === vmName)
  const [repository] = await api.query<RepositoryView[]>('repositories.list')
  const started = await api.mutate<{ id: string; backupId: string }>('backups.start', {
    ...{ vmId: vm?.id, repositoryId: repository?.id, type: 'full' },
  })
  await expect.poll(async () => isTerminal((await api.job(started.id)).state), { timeout: 45_000 }).toBe(true)
  const { backupId } = started
  const { slug } = await api.query<VmView>('vms.get', { id: vm?.id })
  return { backupId, partial: path.join(repositoryPath, slug, `${backupId}.partial`) }
}

test('a clean hub says so; what is left over is shown with what cleaning does, and goes', { tag: '@long' }, async ({
  hub,
  api,
  stack,
  tell,
}) => {
  const { partial, backupId } = await leftover(api, stack.vmName, stack.repositoryPath)
  await expect.poll(() => tell('leaks'), { timeout: 15_000 }).toEqual([])
  await hub.goto('/housekeeping')
  await expect(hub.getByRole('main').getByText('Nothing is left over. Last looked')).toBeVisible()

  await mkdir(partial)
  await writeFile(path.join(partial, 'disk-2000.qcow2'), Buffer.alloc(300 * 1024, 7))
  const mine = path.join(stack.repositoryPath, 'mine.qcow2')
  await writeFile(mine, 'mine')
  try {
    await hub.getByRole('button', { name: 'Look again' }).click()
    const orphan = hub.getByTestId('orphans').getByRole('listitem')
    await expect(orphan).toHaveCount(1)
    await expect(orphan).toContainText('Unfinished images')
    await expect(orphan).toContainText(partial)
    await expect(orphan).toContainText('its backup has ended (completed)')
    await expect(orphan.getByRole('link', { name: backupId })).toBeVisible()
    await expect(orphan.getByText('300 KiB')).toBeVisible()
    await expect(hub.getByTestId('foreign')).toContainText('mine.qcow2')
    await expectEverywhereAccessible(hub, 'what is left over')

    await orphan.getByRole('button', { name: 'Clean' }).click()
    const asked = hub.getByRole('alertdialog')
    await expect(asked).toContainText('Removes the unfinished images of this backup.')
    await asked.getByRole('button', { name: 'Not now' }).click()
    expect(await isThere(partial)).toBe(true)

    await hub.getByRole('button', { name: 'Clean all' }).click()
    await expect(hub.getByRole('alertdialog')).toContainText('This frees 300 KiB.')
    await hub.getByRole('alertdialog').getByRole('button', { name: 'Clean all' }).click()
    await expect(hub.getByTestId('outcomes')).toContainText('Cleaned', { timeout: 30_000 })
    await expect(hub.getByText('Nothing is left over. Last looked')).toBeVisible()
    expect(await isThere(partial)).toBe(false)
    expect(await isThere(mine)).toBe(true)
  } finally {
    await rm(mine, { force: true })
  }
})

test('what another person cleans leaves the page by itself', { tag: '@long' }, async ({ hub, api, stack, tell }) => {
  const { partial } = await leftover(api, stack.vmName, stack.repositoryPath)
  await expect.poll(() => tell('leaks'), { timeout: 15_000 }).toEqual([])
  await mkdir(partial)
  await hub.goto('/housekeeping')
  await expect(hub.getByTestId('connection')).toHaveAttribute('data-state', 'live')
  await expect(hub.getByTestId('orphans').getByRole('listitem')).toHaveCount(1)
  // What is not ours in it stays, and the reason stands on the page without anybody asking for it.
  await writeFile(path.join(partial, 'mine.txt'), 'mine')
  const held = await api.mutate<CleaningResult>('housekeeping.clean', {})
  expect(held.outcomes).toMatchObject([{ outcome: 'failed' }])
  await expect(hub.getByTestId('orphans')).toContainText('mine.txt')
  await expect(hub.getByTestId('orphans')).toContainText('Next try')
  await rm(path.join(partial, 'mine.txt'))
  await api.mutate('housekeeping.clean', {})
  await expect(hub.getByText('Nothing is left over. Last looked')).toBeVisible()
})
