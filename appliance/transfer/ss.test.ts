import { describe, expect, test } from 'vitest'
import { Sockets } from './ss.ts'

const line = (peer: string, acked: string) =>
  `ESTAB 0      12      127.0.0.1:58978 ${peer} bbr wscale:10,10 rto:204 rtt:0.023/0.012 mss:53760 bytes_sent:9 ${acked} segs_out:3`

describe('ss', () => {
  test('sums the sockets of each peer', () => {
    const sockets = new Sockets(
      [
        line('127.0.0.2:10100', 'bytes_acked:5001'),
        line('127.0.0.2:10101', 'bytes_acked:7'),
        line('127.0.0.2:10100', 'bytes_acked:1000'),
        line('127.0.0.2:10102', 'bytes_received:77'),
        'SYN-SENT 0 1 127.0.0.1:58979 127.0.0.2:101000',
        'SYN-SENT 0 1 127.0.0.2:10100 127.0.0.1:58979 bytes_acked:1',
        '',
      ].join('\n'),
    )
    expect(sockets.peer('127.0.0.2:10100')).toEqual({ ackedBytes: 6001, waitingBytes: 24 })
    expect(sockets.peer('127.0.0.2:10101')).toEqual({ ackedBytes: 7, waitingBytes: 12 })
    expect(sockets.peer('127.0.0.2:10102')).toEqual({ ackedBytes: 0, waitingBytes: 12 })
    expect(sockets.peer('127.0.0.2:101000')).toEqual({ ackedBytes: 0, waitingBytes: 1 })
    expect(sockets.peer('127.0.0.2:1010')).toBeUndefined()
  })

  test('says of each socket what its program took: what waits to be read is not read', () => {
    const sockets = new Sockets(
      [
        'ESTAB 0 0 10.0.0.1:5000 10.0.0.9:10810 bbr bytes_received:7 segs_out:3',
        'ESTAB 5 0 10.0.0.1:5000 10.0.0.9:10809 bbr bytes_acked:9 bytes_received:1005 segs_out:3',
        'ESTAB 0 0 [fe80::1]:5001 [fe80::9]:10809 bbr segs_out:3',
      ].join('\n'),
    )
    expect(sockets.takenBytes(5000, 10_809)).toBe(1000)
    expect(sockets.takenBytes(5001, 10_809)).toBe(0)
    expect(sockets.takenBytes(10_809, 5000)).toBeUndefined()
  })

  test('nothing, and what is no socket, is nothing', () => {
    for (const text of ['', 'Netid State', '\n\n', 'a :5000 b 127.0.0.2:10100']) {
      expect(new Sockets(text).peer('127.0.0.2:10100')).toBeUndefined()
      expect(new Sockets(text).takenBytes(5000, 10_809)).toBeUndefined()
    }
  })
})
