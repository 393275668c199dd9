import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestAppliance } from '#appliance/testing/appliance.ts'
import { testDirectory } from '#appliance/testing/directory.ts'
import { testDatabase } from '#e2e/world/database.ts'
import { waitFor } from '#lib/async/wait.ts'
import { writeLimit } from '../db/appliances.ts'
import { openDatabase, type PrismaClient } from '../db/client.ts'
import { DatabaseListener } from '../db/listen.ts'
import { applianceTokenPlace } from '../db/vault.ts'
import { createKeyring } from '../drivers/vault/driver.ts'
import type { HubEnv } from '../env.ts'
import { createAppliances } from '../services/appliances/service.ts'
import { ApplianceSessions } from './appliance-sessions.ts'
import { Limits } from './limits.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let prisma: PrismaClient
let url: string
beforeAll(async () => {
  url = made.use(await testDatabase()).url
  prisma = openDatabase(url)
  made.defer(() => prisma.$disconnect())
})
afterAll(() => made.disposeAsync())

/** In the place of the control tunnel: the appliance's API at a port of the hub's own loopback. */
async function forward(host: string, port: number) {
  const server = net.createServer((near) => {
    const far = net.connect({ host, port })
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

it('an appliance applies the limit within 2 s, and one that is away when it is back', async () => {
  await using directory = await testDirectory('limits')
  await using tunnel = new AsyncDisposableStack()
  const appliance = tunnel.use(await startTestAppliance(directory.path))
  const { port } = tunnel.use(await forward(appliance.listenHost, appliance.apiPort))
  const { id } = await prisma.appliance.create({
    data: { name: 'node-1', apiPort: port, publicKey: 'a', fingerprint: 'a', apiTokenSealed: new Uint8Array(0) },
  })
  const secrets = path.join(directory.path, 'secrets')
  await mkdir(secrets)
  const sealed = await createKeyring(secrets).seal(appliance.token, applianceTokenPlace(id))
  await prisma.appliance.update({ where: { id }, data: { apiTokenSealed: new Uint8Array(sealed) } })

  const listener = tunnel.use(new DatabaseListener(url, ['sendense_limit']))
  await listener.start()
  const sessions = tunnel.use(new ApplianceSessions(prisma, { paths: { secrets } } as HubEnv))
  const limits = tunnel.use(new Limits({ prisma, sessions, log: pino({ level: 'silent' }) }))
  sessions.onOnline = (applianceId) => limits.tell(applianceId)
  listener.on('sendense_limit', (applianceId) => (applianceId ? limits.tell(applianceId) : limits.tellAll()))
  await sessions.sync()

  const row = () => prisma.appliance.findUniqueOrThrow({ where: { id } })
  const applied = async () => ((await row()).appliedLimit ?? undefined) as { bytesPerSecond: number | null } | undefined
  const kept = async () =>
    JSON.parse(await readFile(path.join(appliance.dataDir, 'limit.json'), 'utf8')) as { bytesPerSecond: number | null }
  const state = async (wanted: string) => (await row()).state === wanted
  // It says so itself, before anything was set.
  expect(await waitFor(async () => (await applied())?.bytesPerSecond === null, { deadlineMs: 10_000 })).toBe(true)

  const asked = performance.now()
  await writeLimit(prisma, id, 50)
  expect(await waitFor(async () => (await applied())?.bytesPerSecond === 50 * MIB, { deadlineMs: 5000 })).toBe(true)
  expect(performance.now() - asked).toBeLessThan(2000)
  expect(await kept()).toEqual({ bytesPerSecond: 50 * MIB, jobs: 0 })

  await appliance.end('SIGKILL')
  expect(await waitFor(() => state('offline'), { deadlineMs: 15_000 })).toBe(true)
  await writeLimit(prisma, id, 7)
  await writeLimit(prisma, id, null)
  await writeLimit(prisma, id, 8)
  expect(await applied()).toMatchObject({ bytesPerSecond: 50 * MIB })
  await appliance.restart()
  expect(await waitFor(async () => (await applied())?.bytesPerSecond === 8 * MIB, { deadlineMs: 15_000 })).toBe(true)
  expect(await kept()).toMatchObject({ bytesPerSecond: 8 * MIB })
  await writeLimit(prisma, id, null)
  expect(await waitFor(async () => (await applied())?.bytesPerSecond === null, { deadlineMs: 5000 })).toBe(true)
  await expect(prisma.appliance.update({ where: { id }, data: { limitMibPerSecond: 0 } })).rejects.toThrow()
}, 60_000)

it('a limit is set on an appliance that may come back, and on no other', async () => {
  const ask = () => Promise.reject(new Error('the engine is not asked'))
  const crypto = { fingerprint: String, seal: ask, open: ask }
  const service = createAppliances({ prisma, ask, crypto, controlPorts: [1, 2] })
  const actor = { userId: null }
  const add = (name: string, state: 'paused' | 'revoked', apiPort: number) =>
    prisma.appliance.create({
      data: {
        name,
        state,
        apiPort,
        publicKey: name,
        fingerprint: name,
        apiTokenSealed: new Uint8Array(0),
        enabled: false,
      },
    })
  const [paused, revoked] = [await add('paused', 'paused', 3), await add('revoked', 'revoked', 4)]
  const view = await service.setLimit({ id: paused.id, mibPerSecond: 100_000 }, actor)
  expect(view).toMatchObject({ limitMibPerSecond: 100_000, appliedLimit: null })
  expect(await service.setLimit({ id: paused.id, mibPerSecond: null }, actor)).toMatchObject({
    limitMibPerSecond: null,
  })
  for (const [id, code] of [
    [revoked.id, 'conflict'],
    [randomUUID(), 'not_found'],
  ] as const)
    await expect(service.setLimit({ id, mibPerSecond: 5 }, actor)).rejects.toMatchObject({ problem: { code } })
})
