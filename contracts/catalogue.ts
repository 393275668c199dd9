import { z } from 'zod'
import { problemSchema } from './problem.ts'
import { standings } from './standing.ts'

const time = z.iso.datetime()

export const standingSchema = z.enum(standings)

/** How a restore point stands, with what that rests on. */
export const pointStandingSchema = z.object({
  standing: standingSchema,
  /** Why it is not ok; null when it is. */
  reason: z.string().nullable(),
  /** When its files, and within a day its digest maps, were last held against the catalogue; null: never. */
  lookedAt: time.nullable(),
})
export type PointStanding = z.infer<typeof pointStandingSchema>

/** Restore points by how they stand. */
export const standingCountsSchema = z.object({
  ok: z.number().int(),
  unproved: z.number().int(),
  notLookedAt: z.number().int(),
  missing: z.number().int(),
  damaged: z.number().int(),
})
export type StandingCounts = z.infer<typeof standingCountsSchema>

/** What a look at a repository found. */
export const lookResultSchema = z.object({
  /** False: it goes on; its page shows what it finds. */
  finished: z.boolean(),
  /** Restore points that could be looked at, and that could not. */
  looked: z.number().int(),
  notLooked: z.number().int(),
  /** Those of another state than before. */
  changed: z.number().int(),
  /** How all of the repository's stand after it. */
  points: standingCountsSchema,
  seconds: z.number().nonnegative(),
  /** Why nothing could be looked at (its disk is away); null: it could. */
  problem: problemSchema.nullable(),
})
export type LookResult = z.infer<typeof lookResultSchema>

/** How often the catalogue is held against the disk, for the whole hub. */
export const catalogueSettingsSchema = z.strictObject({
  lookEverySeconds: z
    .number('Give a number of seconds.')
    .int('Give whole seconds.')
    .min(60, 'A minute is the least.')
    .max(86_400, 'A day is the most.'),
})
export type CatalogueSettings = z.infer<typeof catalogueSettingsSchema>
export const defaultCatalogueSettings: CatalogueSettings = { lookEverySeconds: 900 }
