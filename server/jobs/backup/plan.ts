import type { ApplianceInput, ApplianceOutput } from '#contracts/appliance.ts'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { appendEvent } from '../../db/events.ts'
import { noteJob } from '../../db/jobs.ts'
import { keepFound } from '../../db/repositories.ts'
import { intend, type LedgerRow, markLive, markOrphan, openResources } from '../../db/resources.ts'
import { isAllowed } from '../../domain/allow-unknown.ts'
import { neededBytes } from '../../domain/space.ts'
import { requireRepository } from '../../drivers/repository/driver.ts'
import { endApplianceJob } from '../clean-resource.ts'
import { FencedError } from './interrupts.ts'
import { type BackupRun, newDisk } from './run.ts'
import { factsOf, requireKnown } from './source-state.ts'

const NEEDED_TOOLS = ['nbdkit', 'qemu-nbd', 'qemu-img', 'setpriv', 'ssh']

/** After this long without an answer the appliance is asked whether it lives, and for the rest of the answer. */
const PREPARE_MS = 60_000

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
      remedy: 'Install nbdkit, qemu-utils, util-linux and openssh-client on the appliance, then try again.',
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

/** Disks of which an unknown state is allowed: as the job began with, or as it stands now. */
function allowedKeys({ job }: BackupRun): number[] {
  if (job.disks.length > 0) return job.disks.filter(({ allowUnknown }) => allowUnknown).map(({ key }) => key)
  const now = new Date()
  return job.vm.disks.filter((disk) => isAllowed(disk, now)).map(({ key }) => key)
}

/**
 * The moment that the restore point is of, by the hub's clock, on record before the source is asked: an appliance whose clock is wrong
 * cannot make a point newer than it is, and one that froze the source for an earlier engine did so after this.
 */
async function stampFreeze(run: BackupRun): Promise<void> {
  run.takenAt = run.job.takenAt ?? new Date()
  if (run.job.takenAt === null && !(await noteJob(run.ctx.prisma, run.job, { takenAt: run.takenAt })))
    throw new FencedError(`job ${run.job.id} changed hands`)
}

/**
 * How long listing takes grows with the disks, so no deadline ends it: the appliance knows the job by its id and goes on, and
 * is asked again. An appliance that is gone ends it by another problem.
 */
async function askUntilAnswered(
  { client, signal }: BackupRun,
  input: ApplianceInput<'jobs.prepare'>,
): Promise<ApplianceOutput<'jobs.prepare'>> {
  for (;;) {
    try {
      return await client.call('jobs.prepare', input, { timeoutMs: PREPARE_MS, signal })
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ProblemError) || error.problem.code !== 'deadline') throw error
      await client.call('hello', {}, { timeoutMs: 20_000, signal })
    }
  }
}

/** Asks the source for its disks and freezes them; one that has is told again what it found. The run knows its disks then. */
async function freeze(run: BackupRun) {
  const { job } = run
  const expect = job.vm.disks.map(({ key }) => key)
  const allowUnknown = allowedKeys(run)
  const { sourceName: source, ref } = job.vm
  await stampFreeze(run)
  const asked = performance.now()
  const prepared = await askUntilAnswered(run, { jobId: job.id, source, ref, expect, allowUnknown })
  run.querySeconds = (performance.now() - asked) / 1000
  requireKnown(job.vm.name, expect, allowUnknown, prepared.disks)
  for (const found of prepared.disks.toSorted((a, b) => a.key - b.key)) {
    const { key, label, sizeBytes, dataBytes } = found
    const facts = factsOf(found, allowUnknown.includes(key))
    run.disks.set(key, newDisk({ key, label, sizeBytes, dataBytes }, facts))
  }
  return prepared
}

/** What people should know of each disk before its bytes move. */
async function tellDisks(run: BackupRun): Promise<void> {
  const known = new Set(run.job.vm.disks.map(({ key }) => key))
  for (const { key, source } of run.disks.values()) {
    if (!known.has(key))
      await run.step('source', `Disk ${key} is new at the source: it is backed up from now on.`, 'info', key)
    const { stateFixedBy, stateNote, notes } = source
    await run.step('source', `Disk ${key}: ${HOW[stateFixedBy]} ${stateNote}`, 'info', key)
    for (const note of notes) await run.step('source', `Disk ${key}: ${note}`, 'info', key)
  }
}

const HOW = {
  snapshot: 'its state is frozen by a snapshot.',
  unchanged: 'its state is known by comparing before and after.',
  read_twice: 'its state is known by reading it a second time.',
  unknown: 'its state is unknown, which a person allowed.',
} as const

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
  const isNew = ({ key }: { key: number }) => !job.vm.disks.some((disk) => disk.key === key)
  await ctx.prisma.$transaction(async (tx) => {
    await tx.jobDisk.createMany({
      data: sizes.map(({ key, label, sizeBytes, dataBytes, source }) => ({
        ...{ jobId: job.id, key, label, sizeBytes: BigInt(sizeBytes), dataBytes: BigInt(dataBytes ?? 0), ...source },
      })),
    })
    for (const { key, label, sizeBytes } of sizes) {
      const facts = { label, sizeBytes: BigInt(sizeBytes) }
      const where = { vmId_key: { vmId: job.vmId, key } }
      await tx.vmDisk.upsert({ where, create: { vmId: job.vmId, key, ...facts }, update: facts })
    }
    if (sizes.some(isNew)) await appendEvent(tx, { kind: 'vms.changed', applianceId: job.applianceId })
  })
  await tellDisks(run)
  const data = sizes.reduce((sum, disk) => sum + (disk.dataBytes ?? 0), 0)
  await run.move(
    'planned',
    `${sizes.length === 1 ? '1 disk holds' : `${sizes.length} disks hold`} ${data} bytes of data; ${space.freeBytes} bytes are free.`,
  )
  return { publicKey: prepared.publicKey }
}
