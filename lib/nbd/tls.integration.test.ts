import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { freePort } from '#server/drivers/testing/port.ts'
import { NbdClient, probeNbd } from './client.ts'
import { nbdkit, type Server, tool } from './testing/servers.ts'

let made: TestDirectory
let ca: Buffer
const bytes = randomBytes(3_000_000)
beforeAll(async () => {
  made = await testDirectory()
  const at = (name: string) => path.join(made.path, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const root = ['-keyout', at('ca-key.pem'), '-out', at('ca-cert.pem'), '-days', '2', '-subj', '/CN=test']
  await tool('openssl', 'req', '-x509', ...key, ...root, '-addext', 'basicConstraints=critical,CA:TRUE')
  await tool('openssl', 'req', ...key, '-keyout', at('server-key.pem'), '-out', at('csr'), '-subj', '/CN=somebody')
  await writeFile(at('names'), 'subjectAltName=IP:127.0.0.1\n')
  const signed = ['-CA', at('ca-cert.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-extfile', at('names')]
  await tool('openssl', 'x509', '-req', '-in', at('csr'), ...signed, '-days', '2', '-out', at('server-cert.pem'))
  ca = await readFile(at('ca-cert.pem'))
  await writeFile(at('disk'), bytes)
})
afterAll(() => made[Symbol.asyncDispose]())

let count = 0
async function secured(...how: string[]): Promise<Server> {
  const base = path.join(made.path, `t${count++}`)
  await mkdir(base)
  return nbdkit(
    path.join(base, 's'),
    ['-r', '--tls=require', ...how, 'file', path.join(made.path, 'disk')],
    await freePort(),
  )
}

async function readsAll(client: NbdClient): Promise<boolean> {
  const into = Buffer.alloc(bytes.length)
  await client.read(0, into)
  return into.equals(bytes)
}

describe('with certificates', () => {
  it('reads through TLS, and refuses whom it does not know', async () => {
    await using server = await secured(`--tls-certificates=${made.path}`)
    const { address } = server
    await using client = await NbdClient.connect({ address, exportName: '', tls: { ca } })
    expect(await readsAll(client)).toBe(true)
    expect(client.receivedBytes).toBeGreaterThan(bytes.length)
    const unknown = { kind: 'refused', errno: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }
    await expect(probeNbd({ address, exportName: '', tls: {} })).rejects.toMatchObject(unknown)
    const name = { address, exportName: '', tls: { ca, servername: 'other.example' } }
    await expect(probeNbd(name)).rejects.toMatchObject({ kind: 'refused', errno: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    await expect(probeNbd({ address, exportName: '' })).rejects.toThrow('TLS is required')
  })

  it('does not go on in the clear where a server has no TLS', async () => {
    await using server = await nbdkit(path.join(made.path, 'plain'), ['memory', '1M'])
    const asked = probeNbd({ address: server.address, exportName: '', tls: { ca } })
    await expect(asked).rejects.toMatchObject({ kind: 'refused' })
    await expect(asked).rejects.toThrow('refused TLS')
  })
})

it('reads with a pre-shared key, and not with another one', async () => {
  const psk = randomBytes(32)
  const keys = path.join(made.path, 'keys.psk')
  await writeFile(keys, `node1:${psk.toString('hex')}\n`, { mode: 0o600 })
  await using server = await secured(`--tls-psk=${keys}`)
  const tls = (key: Buffer) => ({
    ciphers: 'PSK-AES128-GCM-SHA256:DHE-PSK-AES128-GCM-SHA256',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ identity: 'node1', psk: key }),
  })
  await using client = await NbdClient.connect({ address: server.address, exportName: '', tls: tls(psk) })
  expect(await readsAll(client)).toBe(true)
  const other = probeNbd({ address: server.address, exportName: '', tls: tls(randomBytes(32)) })
  await expect(other).rejects.toMatchObject({ kind: 'refused' })
})
