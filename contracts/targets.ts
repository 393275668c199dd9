import { z } from 'zod'
import { diskKeySchema, exportNameSchema } from './ids.ts'

/** Where one disk goes: an export as the backup client reaches it. */
export const targetSchema = z.object({
  key: diskKeySchema,
  host: z.string().regex(/^\d{1,3}(\.\d{1,3}){3}$/),
  port: z.number().int().min(1).max(65_535),
  exportName: exportNameSchema,
})
export type Target = z.infer<typeof targetSchema>

/** The NBD URL of one target (NBD URI spec: `nbd://host:port/export-name`). */
export function targetUrl(target: Target): string {
  return `nbd://${target.host}:${target.port}/${target.exportName}`
}

/** `2000:nbd://127.0.0.1:10100/pgtest1-disk-2000,2001:nbd://…` (DESIGN §3). */
export function formatTargets(targets: readonly Target[]): string {
  return targets.map((target) => `${target.key}:${targetUrl(target)}`).join(',')
}

/**
 * Parses the targets string. Export names are slugs, so "," and ":" cannot hide in them.
 * @throws Error naming the part that is wrong, or a disk key that stands twice
 */
export function parseTargets(text: string): Target[] {
  const targets = text.split(',').map((part) => {
    const match = /^(\d+):nbd:\/\/([^:/]+):(\d+)\/([^/]+)$/.exec(part)
    if (!match) throw new Error(`target "${part}" is not <disk key>:nbd://<address>:<port>/<export>`)
    const parsed = targetSchema.safeParse({
      key: Number(match[1]),
      host: match[2],
      port: Number(match[3]),
      exportName: match[4],
    })
    if (!parsed.success) throw new Error(`target "${part}": ${parsed.error.issues[0]?.path.join('.')} is not valid`)
    return parsed.data
  })
  const keys = new Set(targets.map((target) => target.key))
  if (keys.size !== targets.length) throw new Error('a disk key stands twice in the targets')
  return targets
}
