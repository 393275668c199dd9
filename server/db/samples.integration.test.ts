import { expect, test } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { createBackups } from '../services/backups/service.ts'
import { openDatabase, type PrismaClient } from './client.ts'
import { samplesOf, storeFigures, thinSamples } from './samples.ts'

async function database() {
  const made = await testDatabase()
  const prisma = openDatabase(made.url)
  return {
    prisma,
    [Symbol.asyncDispose]: async () => {
      await prisma.$disconnect()
      await made[Symbol.asyncDispose]()
    },
  }
}

/** A repository, an appliance and machines of these names, each with one job in a state. */
async function makeJobs(prisma: PrismaClient, jobs: { vm: string; state: 'copying' | 'completed' | 'failed' }[]) {
  const repository = await prisma.repository.create({ data: { name: 'main', path: '/nowhere' } })
  const appliance = await prisma.appliance.create({
    data: { name: 'node-1', publicKey: 'k', fingerprint: 'f', apiPort: 9081, apiTokenSealed: new Uint8Array() },
  })
  return Promise.all(
    jobs.map(async ({ vm, state }, index) => {
      const machine = await prisma.virtualMachine.create({
        data: {
          applianceId: appliance.id,
          sourceName: 's',
          sourceKind: 'image',
          ref: vm,
          name: vm,
          slug: `vm-${index}`,
        },
      })
      const createdAt = new Date(1_800_000_000_000 + index * 1000)
      const backupId = `backup-vm-${index}-1800000000`
      return prisma.job.create({
        data: {
          ...{ backupId, type: 'full', vmId: machine.id, applianceId: appliance.id, repositoryId: repository.id },
          ...{ state, createdAt },
        },
      })
    }),
  )
}

const disk = (allocatedBytes: number, readBytes: number | null = allocatedBytes) => ({
  ...{
    key: 2000,
    state: 'copying' as const,
    allocatedBytes,
    readBytes,
    writtenBytes: 3,
    sentBytes: 5 * 2 ** 40,
    bytesPerSecond: 1.6,
  },
})

test('figures are stored on the disks and as a sample, with the time of the event', async () => {
  await using db = await database()
  const { prisma } = db
  const [job] = await makeJobs(prisma, [{ vm: 'a', state: 'copying' }])
  if (!job) throw new Error('no job')
  const row = { jobId: job.id, key: 2000, label: 'one', sizeBytes: 1n, proof: { kept: true } }
  await prisma.jobDisk.create({ data: row })
  // The second has no row yet.
  const disks = [
    { ...disk(1), problem: { code: 'internal' } },
    { ...disk(2, null), key: 2001 },
  ]
  const event = { kind: 'job.progress' as const, disks: [], bytesPerSecond: 3, ledger: null, etaSeconds: null }
  await storeFigures(prisma, job.id, { disks, standing: null, moved: true, event })
  const stored = await prisma.jobDisk.findFirstOrThrow()
  expect(stored).toMatchObject({ state: 'copying', readBytes: 1n, allocatedBytes: 1n, sentBytes: BigInt(5 * 2 ** 40) })
  expect(stored).toMatchObject({ bytesPerSecond: 1.6, problem: { code: 'internal' }, proof: { kept: true } })
  const { firstByteAt } = await prisma.job.findUniqueOrThrow({ where: { id: job.id } })
  expect(firstByteAt).not.toBeNull()
  const [sample] = await samplesOf(prisma, job.id)
  const told = await prisma.event.findFirstOrThrow()
  expect(told).toMatchObject({ kind: 'job.progress', jobId: job.id, data: event })
  expect(sample).toEqual({
    at: told.at.getTime(),
    disks: [
      { ...disk(1), bytesPerSecond: 2 },
      { ...disk(2, null), key: 2001, bytesPerSecond: 2 },
    ],
  })
  const answer = await createBackups(prisma).samples(job.id)
  expect(answer).toMatchObject({ at: [sample?.at], cursor: told.seq.toString() })
  expect(answer.disks.map(({ key, readBytes }) => [key, readBytes])).toEqual([
    [2000, [1]],
    [2001, [null]],
  ])
})

test('thinning drops of this job only, and what the rule says', async () => {
  await using db = await database()
  const { prisma } = db
  const jobs = await makeJobs(prisma, [
    { vm: 'a', state: 'copying' },
    { vm: 'b', state: 'copying' },
  ])
  const begin = 1_800_000_000_000
  for (const { id } of jobs)
    await prisma.jobSample.createMany({
      data: Array.from({ length: 1000 }, (_, second) => ({
        ...{ jobId: id, at: new Date(begin + second * 1000), disks: [] },
      })),
    })
  const [one, two] = jobs.map(({ id }) => id)
  if (!one || !two) throw new Error('no jobs')
  const stay = await thinSamples(prisma, one, 300, begin + 400_000)
  const times = (await samplesOf(prisma, one)).map(({ at }) => at)
  expect(times).toHaveLength(stay)
  expect(times.filter((at) => at >= begin + 400_000)).toHaveLength(600)
  expect(stay).toBeLessThanOrEqual(900)
  expect(await thinSamples(prisma, one, 300, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(300)
  expect(await prisma.jobSample.count({ where: { jobId: two } })).toBe(1000)
})

test('the list of backups is filtered where it is kept, page by page, and takes a search literally', async () => {
  await using db = await database()
  const { prisma } = db
  await makeJobs(prisma, [
    { vm: 'Web 100%', state: 'completed' },
    { vm: 'web_1', state: 'failed' },
    { vm: 'webX1', state: 'completed' },
    { vm: 'mail\\server', state: 'copying' },
  ])
  const { list } = createBackups(prisma)
  const names = async (input: Parameters<typeof list>[0]) => (await list(input)).items.map(({ vmName }) => vmName)
  expect(await names({})).toEqual(['mail\\server', 'webX1', 'web_1', 'Web 100%'])
  expect(await names({ search: 'WEB' })).toEqual(['webX1', 'web_1', 'Web 100%'])
  expect(await names({ search: 'web_' })).toEqual(['web_1'])
  expect(await names({ search: '%' })).toEqual(['Web 100%'])
  expect(await names({ search: '\\' })).toEqual(['mail\\server'])
  expect(await names({ search: 'backup-VM-2' })).toEqual(['webX1'])
  expect(await names({ state: 'failed' })).toEqual(['web_1'])
  expect(await names({ active: true })).toEqual(['mail\\server'])
  expect(await names({ search: 'nothing' })).toEqual([])
  const first = await list({ search: 'web', limit: 2 })
  expect(await names({ search: 'web', limit: 2, cursor: first.nextCursor ?? '' })).toEqual(['Web 100%'])
})
