import { z } from 'zod'
import { type Extent, extentSchema } from '#contracts/appliance.ts'
import { bytesSchema } from '#contracts/ids.ts'
import { runOrThrow } from '#lib/process/run.ts'

const mapSchema = z.array(z.object({ offset: bytesSchema, length: bytesSchema, type: z.number().int().min(0) }))

/** base:allocation bits (NBD protocol): 1 = hole, 2 = reads as zero. Only bytes that read as zero may be left out. */
const READS_AS_ZERO = 2

/**
 * The data extents in the output of `nbdinfo --map --json`: whatever does not read as zero, neighbours merged.
 * @throws Error when the map has gaps, overlaps or does not end at the disk's size: then it must not drive a copy
 */
export function parseMap(json: string, sizeBytes: number): Extent[] {
  const rows = mapSchema.parse(JSON.parse(json))
  let position = 0
  const data: Extent[] = []
  for (const row of rows) {
    if (row.offset !== position) throw new Error(`the allocation map jumps from ${position} to ${row.offset}`)
    position += row.length
    if ((row.type & READS_AS_ZERO) === 0) data.push([row.offset, row.length])
  }
  if (position !== sizeBytes) throw new Error(`the allocation map ends at ${position}, the disk at ${sizeBytes}`)
  return mergeExtents(data)
}

/** Sorts, and joins what touches or overlaps; empty ones vanish. */
export function mergeExtents(extents: readonly Extent[]): Extent[] {
  const merged: Extent[] = []
  for (const [offset, length] of extents.filter(([, size]) => size > 0).toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && offset <= last[0] + last[1]) last[1] = Math.max(last[1], offset + length - last[0])
    else merged.push([offset, length])
  }
  return merged
}

export const extentsSchema = z.array(extentSchema)

export function sumExtents(extents: readonly Extent[]): number {
  return extents.reduce((sum, [, length]) => sum + length, 0)
}

/** Bytes read when each extent is widened to whole blocks, as nbdcopy widens it to whole requests (each block once). */
export function roundedBytes(extents: readonly Extent[], block: number, sizeBytes: number): number {
  const wide = mergeExtents(extents).map(([offset, length]): Extent => {
    const from = Math.floor(offset / block) * block
    return [from, Math.min(Math.ceil((offset + length) / block) * block, sizeBytes) - from]
  })
  return sumExtents(mergeExtents(wide))
}

/** nbdkit's extentlist file: one `OFFSET LENGTH TYPE` a line, type 0 = data (nbdkit-extentlist-filter(1)). */
export function formatExtentList(extents: readonly Extent[]): string {
  return mergeExtents(extents)
    .map(([offset, length]) => `${offset} ${length} 0\n`)
    .join('')
}

/** The size a served disk has now, in bytes. @throws ProblemError source_read */
export async function servedSize(
  url: string,
  options: { cwd: string; what: string; signal?: AbortSignal },
): Promise<number> {
  const problem = { code: 'source_read' as const, happened: `The size of ${options.what} cannot be read` }
  const result = await runOrThrow('nbdinfo', ['--size', url], problem, {
    cwd: options.cwd,
    signal: options.signal,
    timeoutMs: 20_000,
  })
  return bytesSchema.parse(Number(result.stdout.trim()))
}

/** Bytes of map kept: some three million extents. */
const MAP_LIMIT = 256 * 1024 * 1024

/** Asks a served disk for its size and data extents. */
export async function readExtents(
  url: string,
  options: { cwd: string; what: string; signal?: AbortSignal },
): Promise<{ sizeBytes: number; extents: Extent[] }> {
  const problem = {
    code: 'source_read' as const,
    happened: `The allocation of ${options.what} cannot be read`,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: 'Check the disk at its source, then start the backup again.',
  }
  const tool = { cwd: options.cwd, signal: options.signal }
  const sizeBytes = await servedSize(url, options)
  if (sizeBytes === 0) return { sizeBytes, extents: [] }
  const map = await runOrThrow('nbdinfo', ['--map', '--json', url], problem, {
    ...tool,
    timeoutMs: 600_000,
    maxStdoutBytes: MAP_LIMIT,
  })
  return { sizeBytes, extents: parseMap(map.stdout, sizeBytes) }
}
