import { z } from 'zod'

const infoSchema = z.object({
  exports: z
    .array(
      z.object({
        'export-name': z.string(),
        'export-size': z.number().int().nonnegative(),
        is_read_only: z.boolean(),
        can_multi_conn: z.boolean(),
        can_flush: z.boolean(),
      }),
    )
    .min(1),
})

export interface NegotiatedExport {
  exportName: string
  sizeBytes: number
  readOnly: boolean
  /** Several connections may write side by side; qemu-nbd says so when `--shared` is not 1. */
  multiConn: boolean
  flush: boolean
}

/** `nbdinfo --json <url>` of one export. Null when it is not that. */
export function parseNbdinfo(text: string): NegotiatedExport | null {
  try {
    const [first] = infoSchema.parse(JSON.parse(text)).exports
    if (!first) return null
    return {
      exportName: first['export-name'],
      sizeBytes: first['export-size'],
      readOnly: first.is_read_only,
      multiConn: first.can_multi_conn,
      flush: first.can_flush,
    }
  } catch {
    return null
  }
}
