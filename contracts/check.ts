import { z } from 'zod'
import { checkIds } from './check-ids.ts'
import { bytesSchema, diskKeySchema, idSchema } from './ids.ts'
import { fixedBySchema } from './source-state.ts'

export * from './check-ids.ts'

const time = z.iso.datetime()

export const checkItemSchema = z.object({
  id: z.enum(checkIds),
  outcome: z.enum(['passed', 'failed', 'not-applicable']),
  /** What was found; or why it does not apply, or could not be tried. */
  detail: z.string().max(2000),
  /** What to do; only when it failed. */
  remedy: z.string().max(2000).nullable(),
  /** Milliseconds it took. */
  ms: z.number().nonnegative(),
})
export type CheckItem = z.infer<typeof checkItemSchema>

export const checkStates = ['running', 'passed', 'failed', 'interrupted'] as const
export type CheckState = (typeof checkStates)[number]

/** A check of one machine, or of an appliance alone; the whole of it, while it runs and afterwards. */
export const vmCheckSchema = z.object({
  id: idSchema,
  /** null: the appliance alone, after it joined or its tunnel changed. */
  vmId: idSchema.nullable(),
  vmName: z.string().nullable(),
  applianceId: idSchema,
  applianceName: z.string(),
  /** Where the canary is written; null: there is no repository. */
  repositoryName: z.string().nullable(),
  /** A person or program asked for it, or the hub did because the tunnel is new. */
  reason: z.enum(['asked', 'tunnel']),
  /** interrupted: the engine ended in the middle of it. */
  state: z.enum(checkStates),
  startedAt: time,
  finishedAt: time.nullable(),
  /** What is known so far, in the order of {@link checkIds}. */
  items: z.array(checkItemSchema),
})
export type VmCheck = z.infer<typeof vmCheckSchema>

/** What is checked. */
export const checkSubjectSchema = z.union([z.object({ vmId: idSchema }), z.object({ applianceId: idSchema })])
export type CheckSubject = z.infer<typeof checkSubjectSchema>

/** One disk of a source as an appliance opens it. */
export const probedDiskSchema = z.object({
  key: diskKeySchema,
  sizeBytes: bytesSchema.nullable(),
  /** Data there is to copy; null: not known. */
  dataBytes: bytesSchema.nullable(),
  /** How a backup would fix its state; null: not known, or it could not. */
  stateFixedBy: fixedBySchema.nullable(),
  problem: z.object({ happened: z.string(), remedy: z.string().optional() }).nullable(),
})
export type ProbedDisk = z.infer<typeof probedDiskSchema>

/** Items in the order in which people read them. */
export function inOrder(items: readonly CheckItem[]): CheckItem[] {
  return items.toSorted((a, b) => checkIds.indexOf(a.id) - checkIds.indexOf(b.id))
}
