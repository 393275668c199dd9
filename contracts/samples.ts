import { z } from 'zod'
import { bytesSchema, diskKeySchema } from './ids.ts'
import { diskStateSchema } from './job.ts'

export * from './sample-rules.ts'

/** One disk's figures over time: the n-th value of each column was taken at the n-th time. Further hops are further columns. */
export const diskSamplesSchema = z.object({
  key: diskKeySchema,
  state: z.array(diskStateSchema),
  allocatedBytes: z.array(bytesSchema.nullable()),
  /** null: could not be measured, or the disk was not there yet. */
  readBytes: z.array(bytesSchema.nullable()),
  sentBytes: z.array(bytesSchema.nullable()),
  bytesPerSecond: z.array(z.number().nonnegative().nullable()),
})
export type DiskSamples = z.infer<typeof diskSamplesSchema>

/** What was sampled of a job, oldest first, as columns. */
export const jobSamplesSchema = z.object({
  /** Milliseconds since 1970, rising. */
  at: z.array(z.number().int()),
  disks: z.array(diskSamplesSchema),
  /** The event cursor these were read at. */
  cursor: z.string(),
})
export type JobSamples = z.infer<typeof jobSamplesSchema>
