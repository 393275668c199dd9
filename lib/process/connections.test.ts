import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { connectionsOf, parseConnections } from './connections.ts'

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

test('the rows of /proc/net/tcp and tcp6 are read, with addresses as ss takes them', () => {
  const text = `${head}
   0: 0100007F:A058 0900000A:2A39 01 00000000:00000000 02:00000BD4 00000000  1000        0 2440573 2 0000000000000000 20 4 30 10 -1
   1: 00000000000000000000000001000000:0016 000080FE00000000FFAD4E02B4F80FFE:D431 01 00000000:00000000 02:00000BD4 00000000     0        0 77 2 0 20 4 30 10 -1
   2: 0100007F:A059 0900000A:2A39 06 00000000:00000000 03:00000BD4 00000000     0        0 0 3 0000000000000000
  garbage`
  expect([...parseConnections(text)]).toEqual([
    [2440573, { localPort: 41048, peerHost: '10.0.0.9', peerPort: 10809 }],
    [77, { localPort: 22, peerHost: '[fe80:0:0:0:24e:adff:fe0f:f8b4]', peerPort: 54321 }],
  ])
})

test.each(['127.0.0.1', '::1'])('our own connection to %s is found by its descriptor', async (host) => {
  await using server = net.createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const socket = net.connect(port, host)
  await once(socket, 'connect')
  const mine = connectionsOf(process.pid).filter(({ peerPort }) => peerPort === port)
  expect(mine).toEqual([
    { localPort: socket.localPort, peerHost: host === '::1' ? '[0:0:0:0:0:0:0:1]' : host, peerPort: port },
  ])
  socket.destroy()
  expect(connectionsOf(2 ** 22)).toEqual([])
})
