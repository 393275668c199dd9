import { expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase } from '../../db/client.ts'
import { createIdempotency, KEPT_MS } from './service.ts'

it('a key is one request’s, for a bounded time, and is taken over when its holder died', async () => {
  let now = Date.now()
  await using database = await testDatabase()
  const prisma = openDatabase(database.url)
  await using _ = { [Symbol.asyncDispose]: () => prisma.$disconnect() }
  const keys = createIdempotency(prisma, () => now)
  const key = { owner: 'a', key: 'k' }
  const answer = { status: 202, body: { x: 1 }, location: '/x' }
  const all = await Promise.all([1, 2, 3, 4].map(() => keys.begin(key, 'r')))
  expect(all.map(({ kind }) => kind).toSorted()).toEqual(['begun', 'running', 'running', 'running'])
  expect(await keys.begin({ ...key, owner: 'b' }, 'r')).toMatchObject({ kind: 'begun' })
  now += 100_000
  const late = await keys.begin(key, 'r')
  expect(late.kind).toBe('begun')
  const first = all.find(({ kind }) => kind === 'begun')
  // Who was overtaken writes nothing.
  await keys.finish(key, first?.kind === 'begun' ? first.holder : '', { ...answer, status: 200 })
  expect(await keys.begin(key, 'r')).toEqual({ kind: 'running' })
  await keys.finish(key, late.kind === 'begun' ? late.holder : '', answer)
  expect(await keys.begin(key, 'r')).toEqual({ kind: 'answered', answer })
  expect(await keys.begin(key, 'other')).toEqual({ kind: 'other' })
  now += KEPT_MS
  expect(await keys.begin(key, 'other')).toMatchObject({ kind: 'begun' })
})
