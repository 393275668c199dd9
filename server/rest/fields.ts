import { z } from 'zod'
import { backupIdSchema, idSchema } from '#contracts/ids.ts'

/** A backup by its id, or by that of the job which makes it. */
export const eitherId = z.union([backupIdSchema, idSchema]).describe('The id of a backup, or of its job.')

/** How many lines a page has. */
export const limit = (most: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, `must be a number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.number().int().min(1).max(most))
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: most, description: 'How many lines a page has at most.' })

export const cursor = z
  .string()
  .max(2000)
  .optional()
  .describe('next_cursor of the page before this one. The first page has none.')

export const flag = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .optional()

/** A page of something. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Send it as cursor for the next page; null: there is none.'),
  })

export const byId = z.strictObject({ id: idSchema })
