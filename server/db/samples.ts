import type { JobLedger } from '#contracts/diagnosis.ts'
import type { DiskProgress } from '#contracts/events.ts'
import type { DiskState, JobState } from '#contracts/job.ts'
import { type Moment, momentSchema, recordOf } from '#contracts/replay.ts'
import { keptSamples, TURNS_KEPT, turningPoints } from '#contracts/samples.ts'
import type { Db } from './client.ts'

type Figures = Omit<DiskProgress, 'note' | 'sizeBytes' | 'dataBytes'>

/** A disk in a row of samples: short names, because there is a row a second. */
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

/** The job's state and ledger in a row of samples. */
interface StoredHops {
  s: JobState
  l: unknown
}

/**
 * Keeps the figures of one moment. Inside a transaction that appends the moment's event as well, both have the same time.
 * @param standing  the job's state, and where its bytes were; null: nothing was measured
 */
export async function insertSample(
  db: Db,
  jobId: string,
  disks: readonly Figures[],
  standing: { state: JobState; ledger: JobLedger } | null,
): Promise<void> {
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
  const hops = standing && JSON.stringify({ s: standing.state, l: recordOf(standing.ledger) } satisfies StoredHops)
  await db.$executeRaw`
    INSERT INTO job_samples ("jobId", disks, hops)
    VALUES (${jobId}::uuid, ${JSON.stringify(stored)}::jsonb, ${hops}::jsonb)
    ON CONFLICT DO NOTHING`
}

/** All samples of a job, oldest first. */
export async function samplesOf(db: Db, jobId: string): Promise<Sample[]> {
  const rows = await db.jobSample.findMany({
    where: { jobId },
    orderBy: { at: 'asc' },
    select: { at: true, disks: true },
  })
  return rows.map(({ at, disks }) => ({
    at: at.getTime(),
    disks: (disks as unknown as Stored[]).map(({ k, s, a, r, w, v }) => ({
      ...{ key: k, state: s, allocatedBytes: a, readBytes: r, sentBytes: w, bytesPerSecond: v },
    })),
  }))
}

/** When a job was sampled, oldest first, and how its verdict stood; empty when nothing was measured. */
export async function verdictsOf(db: Db, jobId: string): Promise<{ at: Date; verdict: string }[]> {
  return db.$queryRaw<{ at: Date; verdict: string }[]>`
    SELECT at, concat_ws(' ', hops->'l'->'verdict'->>'kind', hops->'l'->'verdict'->>'hop', hops->'l'->'verdict'->>'key')
      AS verdict
    FROM job_samples WHERE "jobId" = ${jobId}::uuid ORDER BY at`
}

/** Where the job stood at these times. Samples that an earlier build wrote otherwise are left out. */
export async function momentsOf(db: Db, jobId: string, at: readonly Date[]): Promise<Moment[]> {
  const rows = await db.jobSample.findMany({
    where: { jobId, at: { in: [...at] } },
    orderBy: { at: 'asc' },
    select: { at: true, hops: true },
  })
  return rows.flatMap((row) => {
    const { s, l } = (row.hops ?? {}) as Partial<StoredHops>
    const moment = momentSchema.safeParse({ at: row.at.getTime(), state: s, ledger: l })
    return moment.success ? [moment.data] : []
  })
}

/**
 * Drops samples as {@link keptSamples} says, but none at which the verdict changed.
 * @returns how many stay
 */
export async function thinSamples(db: Db, jobId: string, kept: number, fullFrom: number): Promise<number> {
  const rows = await verdictsOf(db, jobId)
  const times = rows.map(({ at }) => at.getTime())
  const verdicts = rows.map(({ verdict }) => verdict)
  const keep = new Set([...keptSamples(times, kept, fullFrom), ...turningPoints(verdicts, TURNS_KEPT)])
  const drop = rows.flatMap(({ at }, index) => (keep.has(index) ? [] : [at]))
  if (drop.length > 0) await db.jobSample.deleteMany({ where: { jobId, at: { in: drop } } })
  return keep.size
}
