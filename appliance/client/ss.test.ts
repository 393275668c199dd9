import { describe, expect, test } from 'vitest'
import { parsePeers } from './ss.ts'

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
    expect([...parsePeers(text)]).toEqual([
      ['127.0.0.2:10100', { ackedBytes: 6001, waitingBytes: 24 }],
      ['127.0.0.2:10101', { ackedBytes: 7, waitingBytes: 12 }],
      ['127.0.0.2:10102', { ackedBytes: 0, waitingBytes: 12 }],
    ])
  })

  test('nothing, and what is no socket, is nothing', () => {
    expect(parsePeers('').size).toBe(0)
    expect(parsePeers('Netid State').size).toBe(0)
  })
})
