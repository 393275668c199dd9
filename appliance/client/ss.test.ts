import { describe, expect, test } from 'vitest'
import { parseSockets } from './ss.ts'

const line = (peer: string, figures: string, inode = 0) =>
  `ESTAB 5      12      127.0.0.1:58978 ${peer} uid:1000 ino:${inode} sk:9 <-> ts sack bbr wscale:10,10 rto:204 rtt:0.023/0.012 mss:53760 bytes_sent:9 ${figures} segs_out:3`

describe('ss', () => {
  test('sums the sockets of each peer', () => {
    const text = [
      line('127.0.0.2:10100', 'bytes_acked:5001'),
      line('127.0.0.2:10101', 'bytes_acked:7'),
      line('127.0.0.2:10100', 'bytes_acked:1000'),
      line('127.0.0.2:10102', 'bytes_received:77'),
      '',
    ].join('\n')
    expect([...parseSockets(text).peers]).toEqual([
      ['127.0.0.2:10100', { ackedBytes: 6001, waitingBytes: 24 }],
      ['127.0.0.2:10101', { ackedBytes: 7, waitingBytes: 12 }],
      ['127.0.0.2:10102', { ackedBytes: 0, waitingBytes: 12 }],
    ])
  })

  test('says of each socket what its program took: what waits to be read is not read', () => {
    const text = [
      line('10.0.0.9:10809', 'bytes_acked:70 bytes_received:1005', 41),
      line('10.0.0.9:10809', 'bytes_acked:70', 42),
      line('10.0.0.9:10809', 'bytes_acked:70 bytes_received:900', 0),
    ].join('\n')
    expect([...parseSockets(text).taken]).toEqual([
      [41, 1000],
      [42, 0],
    ])
  })

  test('nothing, and what is no socket, is nothing', () => {
    expect(parseSockets('').peers.size).toBe(0)
    expect(parseSockets('Netid State').peers.size).toBe(0)
  })
})
