import { expect, it } from 'vitest'
import { parseTraffic } from './traffic.ts'

const lines = `
ESTAB 70000 0 127.0.0.1:10100 127.0.0.1:40000 cubic bytes_acked:99 bytes_received:5000 segs_in:3
ESTAB 0 0 127.0.0.1:10100 127.0.0.1:40001 cubic bytes_received:7
ESTAB 0 2500000 127.0.0.1:40000 127.0.0.1:10100 cubic bytes_acked:5000
ESTAB 0 12 127.0.0.2:10100 127.0.0.9:50000 cubic bytes_received:111
TIME-WAIT 0 0 127.0.0.1:10101 127.0.0.1:40003
ESTAB 0 0 127.0.0.1:22 127.0.0.1:40004 cubic bytes_received:1`

it('adds up both ends of each export, and nothing else', () => {
  expect(parseTraffic(lines, [10100, 10101])).toEqual(
    new Map([[10100, { connections: 2, receivedBytes: 5007, waitingBytes: 2_570_000 }]]),
  )
})

it('makes nothing of nothing', () => expect(parseTraffic('', [1, 1])).toEqual(new Map()))
