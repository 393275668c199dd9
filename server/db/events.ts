import { type EventData, eventSchema, type HubEvent } from '#contracts/events.ts'
import type { Db } from './client.ts'

/** Appends one event; inside a transaction it becomes visible with the commit, in order. */
export async function appendEvent(db: Db, data: EventData, jobId: string | null = null): Promise<bigint> {
  const { kind } = data
  const rows = await db.$queryRaw<{ seq: bigint }[]>`
    SELECT append_event(${kind}, ${jobId}::uuid, ${JSON.stringify(data)}::jsonb) AS seq`
  return rows[0]?.seq ?? 0n
}

interface EventRow {
  seq: bigint
  at: Date
  jobId: string | null
  data: unknown
}

function toEvent(row: EventRow): HubEvent {
  return eventSchema.parse({ seq: row.seq.toString(), at: row.at.toISOString(), jobId: row.jobId, data: row.data })
}

/** The newest cursor; "0" when nothing happened yet. */
export async function newestCursor(db: Db): Promise<string> {
  const last = await db.event.findFirst({ orderBy: { seq: 'desc' }, select: { seq: true } })
  return (last?.seq ?? 0n).toString()
}

/** Up to `limit` events after the cursor, in order. */
export async function eventsAfter(db: Db, cursor: string, limit: number): Promise<HubEvent[]> {
  const rows = await db.event.findMany({ where: { seq: { gt: BigInt(cursor) } }, orderBy: { seq: 'asc' }, take: limit })
  return rows.map(toEvent)
}

/** A job's facts, oldest first, without its figures. */
export async function jobFacts(db: Db, jobId: string): Promise<HubEvent[]> {
  const rows = await db.event.findMany({
    where: { jobId, kind: { not: 'job.progress' } },
    orderBy: { seq: 'asc' },
    take: 5000,
  })
  return rows.map(toEvent)
}

/** The job's newest figures. */
export async function newestProgress(db: Db, jobId: string): Promise<HubEvent | null> {
  const row = await db.event.findFirst({ where: { jobId, kind: 'job.progress' }, orderBy: { seq: 'desc' } })
  return row ? toEvent(row) : null
}

/** How old an event is by the database's own clock, which stamped it. */
export async function secondsSince(db: Db, { seq }: HubEvent): Promise<number> {
  const rows = await db.$queryRaw<{ seconds: number }[]>`
    SELECT extract(epoch FROM clock_timestamp() - at)::float8 AS seconds FROM events WHERE seq = ${BigInt(seq)}`
  return rows[0]?.seconds ?? 0
}

/** Drops all but the last figures of an ended job: they are evidence while it runs, not history. */
export async function thinProgress(db: Db, jobId: string): Promise<void> {
  const last = await newestProgress(db, jobId)
  if (last) await db.event.deleteMany({ where: { jobId, kind: 'job.progress', seq: { lt: BigInt(last.seq) } } })
}
