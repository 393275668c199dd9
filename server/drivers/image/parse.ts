import { z } from 'zod'
import type { Extent } from '#contracts/appliance.ts'
import { normalise } from './coverage.ts'

const bytes = z.number().int().nonnegative()

const infoSchema = z.object({
  format: z.string(),
  'virtual-size': bytes,
  'actual-size': bytes,
  'cluster-size': bytes.optional(),
  'backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
  'format-specific': z
    .object({ data: z.object({ corrupt: z.boolean().optional() }).optional() })
    .optional()
    .catch(undefined),
})

export interface ImageInfo {
  format: string
  virtualSizeBytes: number
  actualBytes: number
  clusterBytes: number | null
  /** As it stands in the header (relative to the image); null: the image stands alone. */
  backing: { file: string; format: string | null } | null
  /** The header is marked corrupt: qemu found so while it wrote. */
  corrupt: boolean
}

/** `qemu-img info --output=json` */
export function parseInfo(text: string): ImageInfo {
  const info = infoSchema.parse(JSON.parse(text))
  const file = info['backing-filename']
  return {
    format: info.format,
    virtualSizeBytes: info['virtual-size'],
    actualBytes: info['actual-size'],
    clusterBytes: info['cluster-size'] ?? null,
    backing: file === undefined ? null : { file, format: info['backing-filename-format'] ?? null },
    corrupt: info['format-specific']?.data?.corrupt === true,
  }
}

const checkSchema = z.object({
  'check-errors': bytes,
  leaks: bytes.optional(),
  corruptions: bytes.optional(),
})

/**
 * `qemu-img check --output=json` with its exit status (qemu-img(1): 0 no errors, 1 the check itself failed,
 * 2 corrupted, 3 leaks only).
 * @returns null when there is no verdict: status 1, 63 (format cannot be checked), or no JSON
 */
export function parseCheck(
  text: string,
  exitCode: number | null,
): { clean: boolean; leaks: number; corruptions: number; errors: number } | null {
  if (exitCode !== 0 && exitCode !== 2 && exitCode !== 3) return null
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = checkSchema.safeParse(json)
  if (!parsed.success) return null
  const leaks = parsed.data.leaks ?? 0
  const corruptions = parsed.data.corruptions ?? 0
  const errors = parsed.data['check-errors']
  return { clean: exitCode === 0 && leaks === 0 && corruptions === 0 && errors === 0, leaks, corruptions, errors }
}

const mapSchema = z.array(
  z.object({
    start: bytes,
    length: bytes,
    depth: z.number().int(),
    /** Since qemu 6.1; before that a hole had no way to be told from explicit zeros. */
    present: z.boolean(),
    zero: z.boolean(),
    data: z.boolean(),
  }),
)
export type MapEntry = z.infer<typeof mapSchema>[number]

/** `qemu-img map --output=json` */
export function parseMap(text: string): MapEntry[] {
  return mapSchema.parse(JSON.parse(text))
}

/** What the image itself (not its backing files) holds, zeros that it states included. */
export function presentExtents(entries: readonly MapEntry[]): Extent[] {
  return normalise(
    entries.filter((entry) => entry.present && entry.depth === 0).map((e): Extent => [e.start, e.length]),
  )
}
