import type { DiskProgress } from '#contracts/events.ts'
import type { DiskState } from '#contracts/job.ts'
import { keptSamples } from '#contracts/samples.ts'
import type { Db } from './client.ts'

type Figures = Omit<DiskProgress, 'note' | 'sizeBytes' | 'dataBytes'>

/** A disk in a row of samples: short names, because there is a row a second. Further hops get names of their own. */
interface Stored {
  k: number
  s: DiskState
  /** Allocated, read, sent, bytes a second. */
  a: number
  r: number | null
  w: number | null
  v: number
}

export interface Sample {
  at: number
  disks: Figures[]
}

/**
 * Keeps the figures of one moment. Inside a transaction that appends the moment's event as well, both have the same time.
 */
export async function insertSample(db: Db, jobId: string, disks: readonly Figures[]): Promise<void> {
  const stored = disks.map(
    (disk): Stored => ({
      k: disk.key,
      s: disk.state,
      a: disk.allocatedBytes,
      r: disk.readBytes,
      w: disk.sentBytes,
      v: Math.round(disk.bytesPerSecond),
    }),
  )
  await db.$executeRaw`
    INSERT INTO job_samples ("jobId", disks) VALUES (${jobId}::uuid, ${JSON.stringify(stored)}::jsonb)
    ON CONFLICT DO NOTHING`
}

/** All samples of a job, oldest first. */
export async function samplesOf(db: Db, jobId: string): Promise<Sample[]> {
  const rows = await db.jobSample.findMany({ where: { jobId }, orderBy: { at: 'asc' } })
  return rows.map(({ at, disks }) => ({
    at: at.getTime(),
    disks: (disks as unknown as Stored[]).map(({ k, s, a, r, w, v }) => ({
      ...{ key: k, state: s, allocatedBytes: a, readBytes: r, sentBytes: w, bytesPerSecond: v },
    })),
  }))
}

/**
 * Drops samples as {@link keptSamples} says.
 * @returns how many stay
 */
export async function thinSamples(db: Db, jobId: string, kept: number, fullFrom: number): Promise<number> {
  const rows = await db.jobSample.findMany({ where: { jobId }, orderBy: { at: 'asc' }, select: { at: true } })
  const stay = keptSamples(
    rows.map(({ at }) => at.getTime()),
    kept,
    fullFrom,
  )
  const keep = new Set(stay)
  const drop = rows.flatMap(({ at }, index) => (keep.has(index) ? [] : [at]))
  if (drop.length > 0) await db.jobSample.deleteMany({ where: { jobId, at: { in: drop } } })
  return stay.length
}
