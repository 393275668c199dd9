import type { JobLedger } from '#contracts/diagnosis.ts'
import type { DiskProgress, EventData } from '#contracts/events.ts'
import type { DiskState, JobState } from '#contracts/job.ts'
import { type Moment, momentSchema, recordOf } from '#contracts/replay.ts'
import { keptSamples, TURNS_KEPT, turningPoints } from '#contracts/samples.ts'
import type { Db } from './client.ts'

type Figures = Omit<DiskProgress, 'note' | 'sizeBytes' | 'dataBytes' | 'checkedBytes'>

/** A disk in a row of samples: short names, because there is a row a second. */
interface Stored {
  k: number
  s: DiskState
  /** Allocated, read, sent, bytes a second. */
  a: number
  r: number | null
  w: number | null
  /** Written: acknowledged by the export. */
  x?: number | null
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

const sampleOf = (disks: readonly Figures[]) =>
  disks.map(
    (disk): Stored => ({
      k: disk.key,
      s: disk.state,
      a: disk.allocatedBytes,
      r: disk.readBytes,
      w: disk.sentBytes,
      x: disk.writtenBytes,
      v: Math.round(disk.bytesPerSecond),
    }),
  )

/** What a job has to say of one moment. */
export interface MomentFigures {
  disks: readonly (Figures & { problem?: unknown; proof?: unknown })[]
  /** The job's state, and where its bytes were; null: nothing was measured. */
  standing: { state: JobState; ledger: JobLedger } | null
  /** Bytes of any disk have moved. */
  moved: boolean
  event: Extract<EventData, { kind: 'job.progress' }>
}

/**
 * Stores the figures of one moment: on the disks' rows, in the job's samples, and as its event, all of one time. One statement,
 * because every running job sends it every second. A disk that has no row yet (the run knows it a moment before the database
 * does) is left out.
 */
export async function storeFigures(db: Db, jobId: string, moment: MomentFigures): Promise<void> {
  const { disks, standing, moved, event } = moment
  const rows = disks.map((disk) => {
    const { key, state, bytesPerSecond, readBytes, writtenBytes, sentBytes, allocatedBytes } = disk
    return {
      ...{ key, state, bytesPerSecond, readBytes, writtenBytes, sentBytes, allocatedBytes },
      ...{ problem: disk.problem ?? null, proof: disk.proof ?? null },
    }
  })
  const hops = standing && JSON.stringify({ s: standing.state, l: recordOf(standing.ledger) } satisfies StoredHops)
  await db.$queryRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS d(
        key int, state "DiskState", "bytesPerSecond" float8, "readBytes" bigint, "writtenBytes" bigint, "sentBytes" bigint,
        "allocatedBytes" bigint, problem jsonb, proof jsonb)
    ), stored AS (
      UPDATE job_disks SET
        state = given.state, "bytesPerSecond" = given."bytesPerSecond", "readBytes" = given."readBytes",
 "writtenBytes" = given."writtenBytes", "sentBytes" = given."sentBytes", "allocatedBytes" = given."allocatedBytes",
        problem = coalesce(nullif(given.problem, 'null'::jsonb), job_disks.problem),
        proof = coalesce(nullif(given.proof, 'null'::jsonb), job_disks.proof)
      FROM given WHERE job_disks."jobId" = ${jobId}::uuid AND job_disks.key = given.key
    ), begun AS (
      UPDATE backup_jobs SET "firstByteAt" = now() WHERE id = ${jobId}::uuid AND "firstByteAt" IS NULL AND ${moved}
    ), sampled AS (
      INSERT INTO job_samples ("jobId", disks, hops)
      VALUES (${jobId}::uuid, ${JSON.stringify(sampleOf(disks))}::jsonb, ${hops}::jsonb)
      ON CONFLICT DO NOTHING
    )
    SELECT append_event(${event.kind}, ${jobId}::uuid, ${JSON.stringify(event)}::jsonb)`
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
    disks: (disks as unknown as Stored[]).map(({ k, s, a, r, w, x, v }) => ({
      ...{
        key: k,
        state: s,
        allocatedBytes: a,
        readBytes: r,
        writtenBytes: x ?? null,
        sentBytes: w,
        bytesPerSecond: v,
      },
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
