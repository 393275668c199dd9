import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from '../testing/port.ts'
import { connectionsOn, isPortFree, listeners, nextFreePort } from './driver.ts'

async function listen(host: string) {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, host)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

it.each(['127.0.0.1', '0.0.0.0', '::1'])('isPortFree sees a listener on %s, and its end', async (host) => {
  const { server, port } = await listen(host)
  const asked = host === '::1' ? '::1' : '127.0.0.1'
  expect(await isPortFree(asked, port)).toBe(false)
  expect((await listeners()).map(({ local }) => local)).toContainEqual({ host, port })
  server.close()
  await once(server, 'close')
  expect(await isPortFree(asked, port)).toBe(true)
  expect(await isPortFree(asked, port)).toBe(true)
})

it('nextFreePort passes over what our books and the kernel say, and names the range when there is none', async () => {
  const { server, port } = await listen('127.0.0.1')
  const asked: number[] = []
  const taken = (candidate: number) => {
    asked.push(candidate)
    return candidate === port + 1
  }
  const found = await nextFreePort([port, port + 20], taken, '127.0.0.1')
  expect(found).toBeGreaterThan(port + 1)
  expect(asked.slice(0, 3)).toEqual([port, port + 1, port + 2])
  await expect(nextFreePort([port, port], () => false, '127.0.0.1')).rejects.toMatchObject({
    problem: { code: 'no_free_port', happened: expect.stringContaining(String(port)) },
  })
  server.close()
})

it('an address that is not ours is an error and not "taken"', async () => {
  await expect(isPortFree('192.0.2.1', await freePort())).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
})

it('connectionsOn sees both ends of a connection', async () => {
  const { server, port } = await listen('127.0.0.1')
  const client = connect({ host: '127.0.0.1', port })
  await once(client, 'connect')
  const ends = await connectionsOn(port)
  expect(ends.server.map(({ remote }) => remote.port)).toEqual([client.localPort])
  expect(ends.client.map(({ local }) => local.port)).toEqual([client.localPort])
  client.destroy()
  server.close()
})
