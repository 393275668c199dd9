import { z } from 'zod'

/** Database keys. */
export const idSchema = z.uuid()

/** `backup-<vm slug>-<unix seconds>`, with `-2`, `-3`… when two collide. */
export const backupIdSchema = z.string().regex(/^backup-[A-Za-z0-9._-]{1,80}-\d{9,11}(-\d+)?$/)

/** A hypervisor's device key: taken from the source, never computed from an index. */
export const diskKeySchema = z.number().int().min(0).max(2_147_483_647)

/** A VM name as a source reports it: any text a hypervisor allows, but no control characters. */
export const vmNameSchema = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')

/** What may stand in a path or an export name. */
export const slugSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)

/** An NBD export: `<vm slug>-disk-<key>`. */
export const exportNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}-disk-\d+$/)

/** Bytes as they cross a JSON border: a JavaScript integer is exact to 8 PiB. */
export const bytesSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
