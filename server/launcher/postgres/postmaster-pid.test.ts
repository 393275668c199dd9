import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePostmasterPid } from './postmaster-pid.ts'

const file = '4711\n/srv/home/postgres/data\n1763893406\n5432\n/srv/home/postgres/socket\n\n 11731  32\nready   \n'

test('reads what PostgreSQL 18 writes', () => {
  expect(parsePostmasterPid(file)).toEqual({
    pid: 4711,
    dataDir: '/srv/home/postgres/data',
    port: 5432,
    socketDir: '/srv/home/postgres/socket',
    status: 'ready',
  })
})

test('a file that is still being written is not ready, and never misread', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: file.length - 1 }), (length) => {
      const parsed = parsePostmasterPid(file.slice(0, length))
      if (parsed === null) return
      expect(parsed.pid).toBe(4711)
      expect(parsed.status === 'ready').toBe(file.slice(0, length).includes('ready'))
    }),
  )
})

test('anything else is refused', () => {
  for (const text of ['', 'postmaster', '-5\n/x\n1\n5432\n/s', 'x\n/x\n1\n5432\n/s'])
    expect(parsePostmasterPid(text)).toBeNull()
})
