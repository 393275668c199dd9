import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import type { Prisma, PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import { type JobRow, moveJob } from '../../db/jobs.ts'
import {
  backupPaths,
  commitPartial,
  type Manifest,
  requireIdentity,
  writeManifest,
} from '../../drivers/repository/driver.ts'
import { type CommittedFacts, committedFacts } from './committed.ts'
import { FencedError } from './interrupts.ts'
import { askPatiently } from './reach.ts'
import type { BackupRun } from './run.ts'

function manifestOf(run: BackupRun): Manifest {
  const { job } = run
  const { vm, appliance } = job
  return {
    format: 1,
    backupId: job.backupId,
    type: job.type,
    vm: { id: vm.id, name: vm.name, slug: vm.slug, source: vm.sourceName, ref: vm.ref },
    appliance: { id: appliance.id, name: appliance.name },
    jobId: job.id,
    takenAt: run.takenAt.toISOString(),
    createdAt: new Date().toISOString(),
    repositoryId: job.repositoryId,
    disks: [...run.disks.values()].map(({ key, label, sizeBytes, imagePath, allocatedBytes, proof }) => {
      if (!proof) throw new Error(`disk ${key} is not proved`)
      return { key, label, sizeBytes, image: path.basename(imagePath), allocatedBytes, proof }
    }),
  }
}

async function write(
  tx: Prisma.TransactionClient,
  job: JobRow,
  manifest: Manifest,
  facts: CommittedFacts,
): Promise<void> {
  // The record stands: only the answer to its commit was lost.
  if ((await tx.backup.count({ where: { id: job.backupId, jobId: job.id } })) > 0) return
  const directory = path.relative(
    job.repository.path,
    backupPaths(job.repository.path, job.vm.slug, job.backupId).final,
  )
  await tx.backup.create({
    data: {
      id: job.backupId,
      vmId: job.vmId,
      repositoryId: job.repositoryId,
      jobId: job.id,
      type: manifest.type,
      directory,
      takenAt: new Date(manifest.takenAt),
      ...facts.point,
      disks: {
        create: manifest.disks.map(({ key, sizeBytes, allocatedBytes, image, proof }) => ({
          ...{ key, sizeBytes: BigInt(sizeBytes), allocatedBytes: BigInt(allocatedBytes), proof },
          imagePath: path.join(directory, image),
          ...facts.disk(key),
        })),
      },
    },
  })
  for (const { key, proof, image } of manifest.disks)
    await tx.jobDisk.updateMany({
      where: { jobId: job.id, key },
      data: { state: 'proved', proof, imagePath: path.join(directory, image) },
    })
  const message = `Completed and proved: ${manifest.disks.length} ${manifest.disks.length === 1 ? 'disk' : 'disks'}.`
  const { id, fence } = job
  if (!(await moveJob(tx, { id, fence, to: 'completed', message }))) throw new FencedError(`job ${id} had moved on`)
  const { vmId, backupId } = job
  const { state } = facts.point
  await appendEvent(tx, { kind: 'backup.created', vmId, backupId, takenAt: manifest.takenAt, state }, id)
}

/** Restore point, terminal state and events in one transaction: from what the manifest says, also after a crash. */
export async function commitRecord(prisma: PrismaClient, job: JobRow, manifest: Manifest): Promise<void> {
  const facts = await committedFacts(job.repository.path, job.vm.slug, manifest)
  await prisma.$transaction((tx) => write(tx, job, manifest, facts))
}

/** The appliance lets go of the source and says whether it stayed as it was. */
async function endSource(run: BackupRun): Promise<void> {
  const options = { timeoutMs: 30_000, signal: run.signal }
  const { steps } = await askPatiently(run, 'jobs.end', { jobId: run.job.id }, options)
  // The appliance may have answered already: to an earlier engine that died, or into a connection that broke.
  if (!steps.some(({ step }) => step === 'source unchanged'))
    throw new ProblemError({
      code: run.resumed ? 'engine_restarted' : 'appliance_unreachable',
      happened: `${run.resumed ? 'The engine stopped' : 'The connection broke'} just when the appliance said whether the source stayed unchanged; nobody can say it now.`,
      safe: 'Earlier backups are untouched; this one is discarded because it may mix two states of the disk.',
      remedy: 'Start the backup again.',
    })
  const changed = steps.find(({ step, ok }) => step === 'source unchanged' && !ok)
  if (changed)
    throw new ProblemError({
      code: 'source_changed',
      happened: `The source changed while it was copied: ${changed.detail ?? 'no details'}`,
      safe: 'Earlier backups are untouched; this one is discarded because it mixes two states of the disk.',
      remedy: 'Back up a snapshot, or a machine that is shut down; image files must not be written meanwhile.',
    })
}

/**
 * Manifest, fsync, one rename, one transaction. Until the rename a cancel still wins; after it the backup is complete on
 * the disk, so the record follows, however long the database needs (an engine that dies here rolls forward at its next start).
 */
export async function commit(run: BackupRun): Promise<void> {
  const manifest = manifestOf(run)
  await run.requireMine()
  // One that was committing when its engine died has had the appliance's word already.
  if (run.state !== 'committing') {
    await endSource(run)
    await run.move('committing', 'Writing the manifest and making the backup durable.')
  }
  await writeManifest(run.partial, manifest)
  await run.ctx.park('before-rename')
  run.signal.throwIfAborted()
  // The disk may have been changed under us since the backup began.
  await requireIdentity(run.job.repository.path, run.job.repositoryId)
  await commitPartial(run.job.repository.path, run.partial)
  await run.ctx.park('after-rename')
  for (let attempt = 1; ; attempt++) {
    try {
      await commitRecord(run.ctx.prisma, run.job, manifest)
      run.state = 'completed'
      return
    } catch (error) {
      if (error instanceof FencedError) throw error
      run.ctx.log.error(
        { err: error, job: run.job.id, attempt },
        'the backup is complete; its record could not be written yet',
      )
      await sleep(Math.min(5000, 250 * attempt))
    }
  }
}
