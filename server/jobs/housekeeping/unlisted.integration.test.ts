import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase } from '#server/db/client.ts'
import { testDirectory } from '#server/drivers/testing/directory.ts'
import { makeMachine, makePlaces, makePoint } from '#server/testing/catalogue.ts'
import { lookAtRepository } from './look-files.ts'
import { unlistedIn } from './unlisted.ts'

it('A9: finished directories that the catalogue does not know are listed, and those of a job that commits are not', async () => {
  await using stack = new AsyncDisposableStack()
  const prisma = openDatabase(stack.use(await testDatabase()).url)
  stack.defer(() => prisma.$disconnect())
  const root = path.join(stack.use(await testDirectory()).path, 'main')
  const places = await makePlaces(prisma, root)
  const vm = await makeMachine(prisma, places, 'pgtest1')
  const { id, directory } = await makePoint(prisma, places, vm)
  const repository = { id: places.repositoryId, path: root }
  const unlisted = async () => {
    const look = await lookAtRepository(repository)
    if (!look) throw new Error('the repository is there')
    return (await unlistedIn(prisma, { ...look, repository })).toSorted()
  }
  expect(await unlisted()).toEqual([])
  // Without a record; of another hub; under another machine, where the record does not have it; not finished.
  const [foreign, elsewhere] = [path.join(root, vm.slug, 'backup-pgtest1-1700000001'), path.join(root, 'other', id)]
  await mkdir(foreign)
  await cp(directory, elsewhere, { recursive: true })
  await mkdir(path.join(root, vm.slug, 'backup-pgtest1-1700000002.partial'))
  expect(await unlisted()).toEqual([elsewhere, foreign].toSorted())
  await prisma.job.create({
    data: {
      ...{ vmId: vm.id, ...{ applianceId: places.applianceId, repositoryId: places.repositoryId }, type: 'full' },
      ...{ backupId: 'backup-pgtest1-1700000001', state: 'committing' },
    },
  })
  expect(await unlisted()).toEqual([elsewhere])
})
