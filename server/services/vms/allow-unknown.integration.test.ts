import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import { createVms } from './service.ts'

const DAY_MS = 24 * 3600_000
const made = new AsyncDisposableStack()
let prisma: PrismaClient
let vmId: string
beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  await prisma.user.create({ data: { id: 'ada', name: 'Ada', email: 'ada@example.org' } })
  const appliance = await prisma.appliance.create({
    data: { name: 'a', publicKey: 'k', fingerprint: 'f', apiPort: 9081, apiTokenSealed: Buffer.from('x') },
  })
  const disks = { create: [{ key: 2000, label: 'd', sizeBytes: 1n }] }
  const machine = { applianceId: appliance.id, sourceName: 's', sourceKind: 'image', ref: 'r', name: 'v', slug: 'v' }
  vmId = (await prisma.virtualMachine.create({ data: { ...machine, disks } })).id
})
afterAll(() => made.disposeAsync())

const vms = () => createVms(prisma, () => expect.unreachable())
const actor = { userId: 'ada' }
const allow = (input: object) => vms().allowUnknown({ id: vmId, diskKey: 2000, allowUnknown: true, ...input }, actor)
const ofPage = async () => (await vms().get(vmId)).disks[0]?.allowUnknown

it('A3: an allowance has a reason, who gave it and an end, in 90 days unless said otherwise', async () => {
  expect(await ofPage()).toBeNull()
  const { allowUnknown } = await allow({ reason: ' a cluster disk ' })
  expect(allowUnknown).toMatchObject({ reason: 'a cluster disk', by: 'ada@example.org' })
  const days = (Date.parse(allowUnknown?.until ?? '') - Date.now()) / DAY_MS
  expect(days).toBeGreaterThan(89.9)
  expect(days).toBeLessThanOrEqual(90)
  expect(await ofPage()).toEqual(allowUnknown)
})

it.each([
  ['no reason', { reason: ' ' }, 'reason'],
  ['an end that is over', { reason: 'r', until: '2020-01-01T00:00:00Z' }, 'until'],
  ['an end in two years', { reason: 'r', until: new Date(Date.now() + 731 * DAY_MS).toISOString() }, 'until'],
])('A3: with %s it is refused', async (_name, input, field) => {
  await expect(allow(input)).rejects.toMatchObject({ problem: { code: 'bad_input', field } })
})

it('A3: it ends by its date and by a person', async () => {
  await allow({ reason: 'r', until: new Date(Date.now() + 60_000).toISOString() })
  expect(await ofPage()).not.toBeNull()
  await prisma.vmDisk.updateMany({ data: { allowUnknownUntil: new Date(Date.now() - 1) } })
  expect(await ofPage()).toBeNull()
  await allow({ reason: 'r' })
  await allow({ allowUnknown: false })
  expect(await ofPage()).toBeNull()
  expect(await prisma.vmDisk.findFirst()).toMatchObject({ allowUnknownReason: null, allowUnknownById: null })
})

it('of a disk that is not there it says so', async () => {
  await expect(allow({ diskKey: 7, reason: 'r' })).rejects.toMatchObject({ problem: { code: 'not_found' } })
})
