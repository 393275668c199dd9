import { rm } from 'node:fs/promises'
import path from 'node:path'
import { sleep } from '#lib/async/wait.ts'
import type { Prisma, PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import { type JobRow, moveJob } from '../../db/jobs.ts'
import { digestsNameFor, mapNameFor } from '../../domain/names.ts'
import {
  backupPaths,
  commitPartial,
  type Manifest,
  requireIdentity,
  writeManifest,
} from '../../drivers/repository/driver.ts'
import { type CommittedFacts, committedFacts } from './committed.ts'
import { FencedError } from './interrupts.ts'
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
    disks: [...run.disks.values()].map(({ key, label, sizeBytes, imagePath, allocatedBytes, proof, source }) => {
      if (!proof) throw new Error(`disk ${key} is not proved`)
      const { allowUnknown: _, ...facts } = source
      const digest = { map: mapNameFor(key), root: proof.mapRoot, bytes: proof.mapBytes }
      const image = path.basename(imagePath)
      return { key, label, sizeBytes, image, allocatedBytes, digest, proof, ...facts }
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
        create: manifest.disks.map(({ label: _, digest: __, key, sizeBytes, allocatedBytes, image, ...source }) => ({
          ...{ ...source, key, sizeBytes: BigInt(sizeBytes), allocatedBytes: BigInt(allocatedBytes) },
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

/**
 * Manifest, fsync, one rename, one transaction. Until the rename a cancel still wins; after it the backup is complete on
 * the disk, so the record follows, however long the database needs (an engine that dies here rolls forward at its next start).
 */
export async function commit(run: BackupRun): Promise<void> {
  await run.requireMine()
  if (run.state !== 'committing') await run.move('committing', 'Writing the manifest and making the backup durable.')
  const manifest = manifestOf(run)
  await writeManifest(run.partial, manifest)
  // The map has all of it, and is what is kept.
  for (const { key } of run.disks.values()) await rm(path.join(run.partial, digestsNameFor(key)), { force: true })
  await run.ctx.park('before-rename', run.job.id)
  run.signal.throwIfAborted()
  // The disk may have been changed under us since the backup began.
  await requireIdentity(run.job.repository.path, run.job.repositoryId)
  await commitPartial(run.job.repository.path, run.partial)
  await run.ctx.park('after-rename', run.job.id)
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
