import { expect, it } from 'vitest'
import type { PrismaClient } from './client.ts'
import { isAway, patient } from './patience.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

it.each([
  ['nobody listens', refused],
  ['the socket is gone', new Error('Invalid `prisma.x()`:\n\nconnect ENOENT /home/socket/.s.PGSQL.5432')],
  [
    'it shuts down',
    Object.assign(new Error('x'), { meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } }),
  ],
  ['the connection was cut', new Error('query', { cause: new Error('Connection terminated unexpectedly') })],
])('%s: the database is away', (_, error) => expect(isAway(error)).toBe(true))

it.each([
  ['a unique index', Object.assign(new Error('Unique constraint failed'), { code: 'P2002' })],
  ['a wrong question', Object.assign(new Error('syntax error'), { code: '42601' })],
  ['a file that is missing', Object.assign(new Error('ENOENT: no such file, open'), { code: 'ENOENT' })],
  ['a mistake of ours', new TypeError('undefined is not a function')],
])('%s is an answer', (_, error) => expect(isAway(error)).toBe(false))

it('asks again until it is back, tells both once, and gives up when nobody can wait', async () => {
  let tries = 0
  const told: string[] = []
  const end = new AbortController()
  const ask = async () => {
    if (++tries < 4) throw refused
    return tries
  }
  const client = patient({ job: { count: ask } } as unknown as PrismaClient, {
    signal: end.signal,
    tell: (state) => told.push(state),
    everyMs: 1,
  })
  expect(await client.job.count()).toBe(4)
  expect(told).toEqual(['away', 'back'])
  tries = -1e9
  const asked = client.job.count()
  end.abort()
  await expect(asked).rejects.toBe(refused)
})
