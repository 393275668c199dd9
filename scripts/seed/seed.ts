import type { PrismaClient } from '#server/db/client.ts'
import { makeHistory, makeRunning } from './history.ts'
import { makeMachines } from './machines.ts'
import { makeAppliances, makeRepositories } from './places.ts'
import { createRandom, type Random } from './random.ts'
import { removeSeeded } from './remove.ts'
import { backupDiskRows, backupRow, eventRows, jobDiskRows, jobRow } from './rows.ts'

/** Rows of one statement. */
const BATCH = 1000
/** Jobs whose log is made, too. */
const LOGGED = 500

export interface SeedOptions {
  vms: number
  restorePoints: number
  /** Backups that run; no engine knows them, so a restart of the engine ends them. Default 0. */
  running?: number
  /** Default: the same data every time. */
  random?: Random
  /** Default: the present. */
  now?: Date
}

/** What was written. */
export interface Seeded {
  vmIds: string[]
  restorePoints: number
  jobs: number
}

async function inBatches<T>(rows: readonly T[], write: (batch: T[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) await write(rows.slice(from, from + BATCH))
}

/**
 * Fills a hub with machines, jobs and restore points that have no files: for looking at it, and measuring it, at scale.
 * What an earlier seed made is replaced; everything else stays. The same options write the same rows.
 */
export async function seed(prisma: PrismaClient, options: SeedOptions): Promise<Seeded> {
  const { random = createRandom(1), now = new Date(), running = 0 } = options
  await removeSeeded(prisma)
  const appliances = makeAppliances(random)
  const repositories = makeRepositories(random, now)
  const [first, ...others] = repositories.map(({ id }) => id)
  if (first === undefined) throw new Error('no repository to fill')
  await prisma.appliance.createMany({ data: appliances })
  await prisma.repository.createMany({ data: repositories })

  const taken = new Set((await prisma.virtualMachine.findMany({ select: { slug: true } })).map(({ slug }) => slug))
  const vms = makeMachines(
    options.vms,
    appliances.map(({ id }) => id),
    taken,
    random,
  )
  await inBatches(vms, (data) => prisma.virtualMachine.createMany({ data: data.map(({ disks: _, ...row }) => row) }))
  const vmDisks = vms.flatMap(({ id, disks }) =>
    disks.map(({ key, label, sizeBytes }) => ({ vmId: id, key, label, sizeBytes })),
  )
  await inBatches(vmDisks, (data) => prisma.vmDisk.createMany({ data }))

  const ended = makeHistory(vms, [first, ...others], options.restorePoints, now, random)
  const jobs = [...ended, ...makeRunning(vms, running, first, now, random)]
  const completed = ended.filter(({ state }) => state === 'completed')
  await inBatches(jobs, (data) => prisma.job.createMany({ data: data.map(jobRow) }))
  await inBatches(jobs.flatMap(jobDiskRows), (data) => prisma.jobDisk.createMany({ data }))
  await inBatches(completed, (data) => prisma.backup.createMany({ data: data.map((job) => backupRow(job, now)) }))
  await inBatches(
    completed.flatMap((job) => backupDiskRows(job, random)),
    (data) => prisma.backupDisk.createMany({ data }),
  )
  const newest = jobs.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).slice(0, LOGGED)
  await inBatches(newest.flatMap(eventRows), (data) => prisma.event.createMany({ data }))
  // The planner's numbers would be those of an empty database until autovacuum has been.
  await prisma.$executeRaw`ANALYZE`
  return { vmIds: vms.map(({ id }) => id), restorePoints: completed.length, jobs: jobs.length }
}
