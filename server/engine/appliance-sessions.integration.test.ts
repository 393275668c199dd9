import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from '../db/client.ts'
import { applianceTokenPlace } from '../db/vault.ts'
import { testDirectory } from '../drivers/testing/directory.ts'
import { createKeyring } from '../drivers/vault/driver.ts'
import type { HubEnv } from '../env.ts'
import { ApplianceSessions } from './appliance-sessions.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
})
afterAll(() => made.disposeAsync())

it('a token that cannot be opened is told of, and stops no other appliance', async () => {
  await using secrets = await testDirectory()
  const add = (name: string, apiPort: number) =>
    prisma.appliance.create({
      data: { ...{ name, apiPort, publicKey: name, fingerprint: name }, apiTokenSealed: new Uint8Array(64) },
    })
  // Nothing listens at their ports: what is tried here is that there is a conversation at all.
  const broken = await add('a-broken', 1)
  const well = await add('b-well', 2)
  const sealed = await createKeyring(secrets.path).seal('token', applianceTokenPlace(well.id))
  await prisma.appliance.update({ where: { id: well.id }, data: { apiTokenSealed: new Uint8Array(sealed) } })

  await using sessions = new ApplianceSessions(prisma, { paths: { secrets: secrets.path } } as HubEnv)
  await sessions.sync()
  expect(sessions.client(well.id)).toBeDefined()
  expect(() => sessions.client(broken.id)).toThrow('cannot open the token')
  expect(await prisma.appliance.findUniqueOrThrow({ where: { id: broken.id } })).toMatchObject({
    state: 'offline',
    problem: {
      happened: expect.stringContaining('cannot open the token'),
      remedy: expect.stringContaining('vault.key'),
    },
  })
})
