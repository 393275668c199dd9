import { describe, expect, test } from 'vitest'
import { parseSockets } from './ss.ts'

const line = (peer: string, acked: string) =>
  `ESTAB 0      12      127.0.0.1:58978 ${peer} bbr wscale:10,10 rto:204 rtt:0.023/0.012 mss:53760 bytes_sent:9 ${acked} segs_out:3`

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
      'ESTAB 5 0 10.0.0.1:5000 10.0.0.9:10809 bbr bytes_received:1005 segs_out:3',
      'ESTAB 0 0 [fe80::1]:5001 [fe80::9]:10809 bbr segs_out:3',
    ].join('\n')
    expect([...parseSockets(text).taken]).toEqual([
      ['5000>10809', 1000],
      ['5001>10809', 0],
    ])
  })

  test('nothing, and what is no socket, is nothing', () => {
    for (const text of ['', 'Netid State']) {
      expect(parseSockets(text).peers.size).toBe(0)
      expect(parseSockets(text).taken.size).toBe(0)
    }
  })
})
