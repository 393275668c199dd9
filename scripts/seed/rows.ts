import type { Proof } from '#contracts/views.ts'
import { LEAF_BYTES } from '#lib/digests/leaf.ts'
import { exportNameFor, imageNameFor } from '#server/domain/names.ts'
import type { SeedJob } from './history.ts'
import type { SeedDisk } from './machines.ts'
import type { Random } from './random.ts'

const directoryOf = (job: SeedJob) => `${job.vm.slug}/${job.backupId}`
const imageOf = (job: SeedJob, key: number) => `${directoryOf(job)}/${imageNameFor(key)}`
const endOf = (job: SeedJob) => job.finishedAt ?? job.startedAt

export const jobRow = (job: SeedJob) => ({
  ...{ id: job.id, backupId: job.backupId, type: 'full' as const, vmId: job.vm.id, applianceId: job.vm.applianceId },
  ...{ repositoryId: job.repositoryId, state: job.state, stateSince: endOf(job), fence: 1 },
  ...(job.problem ? { problem: job.problem } : {}),
  ...{ createdAt: job.createdAt, startedAt: job.startedAt, firstByteAt: job.startedAt, finishedAt: job.finishedAt },
})

const diskStates = { completed: 'proved', failed: 'failed', cancelled: 'cancelled' } as const

const leavesOf = (bytes: number) => Math.ceil(bytes / LEAF_BYTES)

/** Invented like the rest: the root is of no map. */
function proofOf(disk: SeedDisk, job: SeedJob): Proof {
  const [sizeBytes, dataBytes] = [Number(disk.sizeBytes), Number(disk.dataBytes)]
  return {
    ...{ sizeBytes, leaves: leavesOf(sizeBytes), hashedLeaves: leavesOf(dataBytes), hashedBytes: dataBytes },
    ...{ zeroLeaves: 0, zeroBytes: 0, holeLeaves: leavesOf(sizeBytes) - leavesOf(dataBytes) },
    ...{ holeBytes: sizeBytes - dataBytes, readBackLeaves: leavesOf(dataBytes), readBackBytes: dataBytes },
    ...{ differing: 0, pastPageCache: true, checkClean: true, sameExportProcess: true, mapRoot: '0'.repeat(64) },
    ...{ mapBytes: 4096, allocatedBytes: dataBytes, at: endOf(job).toISOString() },
  }
}

const STATE_NOTE = 'Nobody had it open for writing at the beginning or the end.'

export const jobDiskRows = (job: SeedJob) =>
  job.vm.disks.map((disk) => {
    const read = BigInt(Math.floor((Number(disk.dataBytes) * job.copied) / 512) * 512)
    const state = job.state === 'completed' || job.state === 'failed' || job.state === 'cancelled' ? job.state : null
    return {
      ...{ jobId: job.id, key: disk.key, label: disk.label, sizeBytes: disk.sizeBytes, dataBytes: disk.dataBytes },
      ...{
        state: state ? diskStates[state] : ('copying' as const),
        readBytes: read,
        writtenBytes: read,
        sentBytes: read,
      },
      ...{ allocatedBytes: read, bytesPerSecond: state ? 0 : 40 * 1024 ** 2 },
      ...{ exportName: exportNameFor(job.vm.slug, disk.key), imagePath: imageOf(job, disk.key) },
      ...(state === 'completed' ? { proof: proofOf(disk, job) } : {}),
      ...{ stateFixedBy: 'unchanged', stateNote: STATE_NOTE, format: 'raw', notes: [] },
    }
  })

/** They have no files: they are said to have been looked at when they were made up. */
const lookedAt = (now: Date) => ({
  state: 'ok' as const,
  lookedAt: now,
  mapLookedAt: now,
  manifestSha256: '0'.repeat(64),
})

export const backupRow = (job: SeedJob, now: Date) => ({
  ...{ id: job.backupId, vmId: job.vm.id, repositoryId: job.repositoryId, jobId: job.id, type: 'full' as const },
  ...{ directory: directoryOf(job), takenAt: job.startedAt, createdAt: endOf(job) },
  ...lookedAt(now),
})

export const backupDiskRows = (job: SeedJob, random: Random) =>
  job.vm.disks.map((disk) => {
    // Data comes and goes a little from night to night.
    const stored = Math.floor((Number(disk.dataBytes) * (0.9 + random.next() * 0.1)) / 65_536) * 65_536
    return {
      ...{ backupId: job.backupId, key: disk.key, sizeBytes: disk.sizeBytes, allocatedBytes: BigInt(stored) },
      ...{ imagePath: imageOf(job, disk.key), proof: proofOf(disk, job) },
      ...{ stateFixedBy: 'unchanged', stateNote: STATE_NOTE },
      ...{ mapRoot: '0'.repeat(64), mapBytes: 4096n },
    }
  })

const words = { completed: 'Completed and proved.', failed: 'Failed.', cancelled: 'Cancelled.' } as const

/** The log of a job, thinned to what its page needs. */
export function eventRows(job: SeedJob) {
  const { backupId } = job
  const states = [
    { state: 'queued', at: job.createdAt, message: 'Asked for; waits for the engine.' },
    { state: 'copying', at: job.startedAt, message: 'Copying.' },
    ...(job.finishedAt
      ? [{ state: job.state, at: job.finishedAt, message: words[job.state as keyof typeof words] }]
      : []),
  ]
  return states.map(({ state, at, message }) => ({
    ...{ at, kind: 'job.state', jobId: job.id },
    data: { kind: 'job.state', vmId: job.vm.id, backupId, state, message },
  }))
}
