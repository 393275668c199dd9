import { z } from 'zod'
import { diskKeySchema } from '#contracts/ids.ts'
import { diskFormatSchema, sectorsSchema } from '#contracts/source-state.ts'
import { diskAccessSchema } from '../../nbdkit/access.ts'
import { fixingSchema } from '../evidence/fixing.ts'
import { snapshotEntrySchema } from '../formats/qcow2.ts'

/** What the image source keeps of a job. */
export const imageSnapshotSchema = z.object({
  vm: z.string(),
  disks: z.array(
    z.object({
      key: diskKeySchema,
      label: z.string(),
      access: diskAccessSchema,
      format: diskFormatSchema,
      notes: z.array(z.string()),
      sectors: sectorsSchema,
      fixing: fixingSchema,
      frozen: z.object({ path: z.string(), entry: snapshotEntrySchema }).nullable(),
    }),
  ),
})
export type ImageSnapshot = z.infer<typeof imageSnapshotSchema>
