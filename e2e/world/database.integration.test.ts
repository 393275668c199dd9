import { expect, it } from 'vitest'
import { openDatabase } from '#server/db/client.ts'
import { testDatabase } from './database.ts'

it('gives each test a migrated database that no other test sees, and drops it', async () => {
  const one = await testDatabase()
  await using two = await testDatabase()
  const [first, second] = [openDatabase(one.url), openDatabase(two.url)]
  await first.repository.create({ data: { name: 'only here', path: '/nowhere' } })
  expect(await first.repository.count()).toBe(1)
  expect(await second.repository.count()).toBe(0)
  await first.$disconnect()
  await one[Symbol.asyncDispose]()
  await expect(openDatabase(one.url).repository.count()).rejects.toThrow()
  await second.$disconnect()
})
