import { defaultThresholds, type Thresholds, thresholdsSchema } from '#contracts/thresholds.ts'
import type { Db } from './client.ts'

/** What the hub is set to. Values that an earlier build kept otherwise count as not set. */
export async function readThresholds(db: Db): Promise<Thresholds> {
  const row = await db.installation.findUnique({ where: { id: 1 }, select: { thresholds: true } })
  const parsed = thresholdsSchema.safeParse(row?.thresholds)
  return parsed.success ? parsed.data : defaultThresholds
}

export async function writeThresholds(db: Db, thresholds: Thresholds): Promise<void> {
  await db.installation.upsert({ where: { id: 1 }, create: { id: 1, thresholds }, update: { thresholds } })
}
