import fc from 'fast-check'
import { expect, it } from 'vitest'
import { portOrder } from './order.ts'
import { parseSocketTable } from './parse.ts'

it('portOrder: every port of the range once, the hint first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1024, max: 65_000 }),
      fc.nat({ max: 120 }),
      fc.nat({ max: 70_000 }),
      (from, more, hint) => {
        const to = from + more
        const order = [...portOrder([from, to], hint)]
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: more + 1 }, (_, i) => from + i))
        expect(order[0]).toBe(hint >= from && hint <= to ? hint : from)
      },
    ),
  )
})

it('parseSocketTable reads IPv4, IPv6 and IPv4-mapped rows', () => {
  const row = (local: string, remote: string, state: string) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 20 4 30 10 -1`
  const zero = '00000000000000000000000000000000'
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:2774', '0100007F:CCB8', '01'),
    row(`${zero}:0016`, `${zero}:0000`, '0A'),
    row('0000000000000000FFFF00000100007F:0016', 'B80D01200000000000000000010000FE:0001', '01'),
    '',
  ].join('\n')
  expect(parseSocketTable(text)).toEqual([
    { local: { host: '127.0.0.1', port: 10100 }, remote: { host: '127.0.0.1', port: 52408 }, state: 1, inode: '12345' },
    { local: { host: '::', port: 22 }, remote: { host: '::', port: 0 }, state: 10, inode: '12345' },
    { local: { host: '127.0.0.1', port: 22 }, remote: { host: '2001:db8::fe00:1', port: 1 }, state: 1, inode: '12345' },
  ])
})
