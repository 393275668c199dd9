import { ProblemError, toProblem } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { keepFound } from '../../db/repositories.ts'
import { intend, type LedgerRow, markLive, markOrphan, openResources } from '../../db/resources.ts'
import { neededBytes } from '../../domain/space.ts'
import { requireRepository } from '../../drivers/repository/driver.ts'
import { endApplianceJob } from '../clean-resource.ts'
import { type BackupRun, newDisk } from './run.ts'

const NEEDED_TOOLS = ['nbdkit', 'qemu-nbd', 'ssh']

/** How long after the engine's start appliances may still be on their way back: they dial again within 15 s. */
const DIALLING_SECONDS = 20

async function firstHello(client: BackupRun['client'], signal: AbortSignal) {
  for (;;) {
    try {
      return await client.call('hello', {}, { timeoutMs: 5000, signal })
    } catch (error) {
      const away = error instanceof ProblemError && error.problem.code === 'appliance_unreachable'
      if (!away || process.uptime() > DIALLING_SECONDS) throw error
    }
    await sleep(250, signal)
  }
}

async function requireAppliance({ client, job, signal }: BackupRun): Promise<void> {
  const hello = await firstHello(client, signal)
  const missing = NEEDED_TOOLS.filter(
    (name) => !hello.tools.some((tool) => tool.name === name && tool.version !== null),
  )
  if (missing.length > 0)
    throw new ProblemError({
      code: 'tool_missing',
      happened: `The appliance ${job.appliance.name} lacks ${missing.join(', ')}.`,
      safe: 'Nothing was started.',
      remedy: 'Install nbdkit, qemu-utils and openssh-client on the appliance, then try again.',
    })
}

/** Undoes what `jobs.prepare` made on the appliance. Answers what was done there. */
function undoPrepare({ ctx }: BackupRun, row: LedgerRow): () => Promise<string> {
  return async () => {
    try {
      return await endApplianceJob(ctx, row)
    } catch (error) {
      await markOrphan(ctx.prisma, row.id)
      throw error
    }
  }
}

/** Asks the appliance to freeze the source; one that has is told again what it found. The run knows its disks then. */
async function freeze(run: BackupRun) {
  const { job, client, signal } = run
  const { sourceName: source, ref } = job.vm
  const asked = performance.now()
  run.takenAt = new Date()
  const prepared = await client.call(
    'jobs.prepare',
    { jobId: job.id, source, ref, expect: job.vm.disks.map(({ key }) => key), allowUnknown: [] },
    { timeoutMs: 120_000, signal },
  )
  run.querySeconds = (performance.now() - asked) / 1000
  for (const { key, label } of job.vm.disks) {
    const found = prepared.disks.find((disk) => disk.key === key)
    if (!found)
      throw new ProblemError({
        code: 'source_missing',
        happened: `The source did not open disk ${key} of ${job.vm.name}.`,
      })
    const { sizeBytes, dataBytes, sectors } = found
    run.disks.set(key, { ...newDisk({ key, label, sizeBytes, dataBytes }), sectors })
  }
  return prepared
}

/** The same for a job that an earlier engine had planned. */
export async function replan(run: BackupRun): Promise<{ publicKey: string }> {
  return { publicKey: (await freeze(run)).publicKey }
}

/** The repository's room. How it was found is kept, so that its page says the same as a backup that fails because of it. */
async function usableRepository({ ctx, job }: BackupRun) {
  const { repositoryId, repository } = job
  try {
    const space = await requireRepository(repository.path, repositoryId)
    await keepFound(ctx.prisma, repositoryId, { space, problem: null })
    return space
  } catch (error) {
    await keepFound(ctx.prisma, repositoryId, { space: null, problem: toProblem(error) })
    throw error
  }
}

/** Preflight: appliance, tools, repository, source, room. Ends with the job `planned` and its disks known. */
export async function plan(run: BackupRun): Promise<{ publicKey: string }> {
  const { ctx, job } = run
  const [, space] = await Promise.all([requireAppliance(run), usableRepository(run)])
  // An earlier engine may have died before the job was planned: the appliance knows the job by its id.
  const row =
    (await intend(ctx.prisma, 'appliance-job', job.id, job.id, { applianceId: job.applianceId })) ??
    (await openResources(ctx.prisma, { kind: 'appliance-job', jobId: job.id }))[0]
  if (!row) throw new Error(`job ${job.id} is on the ledger already`)
  run.cleanup.add('job on the appliance', undoPrepare(run, row))
  const prepared = await freeze(run)
  await markLive(ctx.prisma, row.id)
  const needed = neededBytes(prepared.disks)
  if (needed > space.freeBytes)
    throw new ProblemError({
      code: 'repository_full',
      happened: `The repository ${job.repository.name} (${job.repository.path}) has ${space.freeBytes} bytes free; this backup may need ${needed}.`,
      safe: 'Nothing was written. Earlier backups are untouched.',
      remedy: 'Free space there, or choose another repository.',
    })
  const sizes = [...run.disks.values()]
  await ctx.prisma.$transaction(async (tx) => {
    await tx.jobDisk.createMany({
      data: sizes.map(({ key, label, sizeBytes, dataBytes }) => ({
        ...{ jobId: job.id, key, label, sizeBytes: BigInt(sizeBytes), dataBytes: BigInt(dataBytes ?? 0) },
      })),
    })
    for (const { key, sizeBytes } of sizes)
      await tx.vmDisk.updateMany({ where: { vmId: job.vmId, key }, data: { sizeBytes: BigInt(sizeBytes) } })
  })
  const data = sizes.reduce((sum, disk) => sum + (disk.dataBytes ?? 0), 0)
  await run.move(
    'planned',
    `${sizes.length === 1 ? '1 disk holds' : `${sizes.length} disks hold`} ${data} bytes of data; ${space.freeBytes} bytes are free.`,
  )
  return { publicKey: prepared.publicKey }
}
