import { z } from 'zod'
import { type Extent, extentSchema } from '#contracts/appliance.ts'
import { bytesSchema } from '#contracts/ids.ts'
import { runOrThrow } from '#lib/process/run.ts'

const mapSchema = z.array(z.object({ offset: bytesSchema, length: bytesSchema, type: z.number().int().min(0) }))

/** base:allocation bits (NBD protocol): 1 = hole, 2 = reads as zero. Only bytes that read as zero may be left out. */
const READS_AS_ZERO = 2

/** What of a source must be copied. */
const isData = (type: number) => (type & READS_AS_ZERO) === 0

/** What an image has of its own (0: neither hole nor zero). */
const isPresent = (type: number) => type === 0

/**
 * The data extents in the output of `nbdinfo --map --json`: whatever does not read as zero, neighbours merged.
 * @param keep which rows count, by their bits
 * @throws Error when the map has gaps, overlaps or does not end at the disk's size: then it must not drive a copy
 */
export function parseMap(json: string, sizeBytes: number, keep = isData): Extent[] {
  const rows = mapSchema.parse(JSON.parse(json))
  let position = 0
  const data: Extent[] = []
  for (const row of rows) {
    if (row.offset !== position) throw new Error(`the allocation map jumps from ${position} to ${row.offset}`)
    position += row.length
    if (keep(row.type)) data.push([row.offset, row.length])
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

/** The whole blocks that the extents touch; the last one ends with the disk. */
export function widened(extents: readonly Extent[], block: number, sizeBytes: number): Extent[] {
  const wide = mergeExtents(extents).map(([offset, length]): Extent => {
    const from = Math.floor(offset / block) * block
    return [from, Math.min(Math.ceil((offset + length) / block) * block, sizeBytes) - from]
  })
  return mergeExtents(wide)
}

/** Bytes read when each extent is widened to whole blocks, as nbdcopy widens it to whole requests (each block once). */
export function roundedBytes(extents: readonly Extent[], block: number, sizeBytes: number): number {
  return sumExtents(widened(extents, block, sizeBytes))
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
  const sizeBytes = await servedSize(url, options)
  if (sizeBytes === 0) return { sizeBytes, extents: [] }
  const problem = {
    code: 'source_read' as const,
    happened: `The allocation of ${options.what} cannot be read`,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: 'Check the disk at its source, then start the backup again.',
  }
  return { sizeBytes, extents: parseMap(await readMap(url, problem, options), sizeBytes) }
}

/** What an image without a parent holds, asked of the server that writes it. @throws ProblemError export_unreachable */
export async function readPresent(
  url: string,
  options: { cwd: string; what: string; signal?: AbortSignal },
): Promise<Extent[]> {
  const problem = {
    code: 'export_unreachable' as const,
    happened: `The export of ${options.what} does not say what it holds already`,
    safe: 'Earlier backups are untouched; the unfinished one is not kept.',
    remedy: 'See on the hub whether its qemu-nbd runs (page Exports & tunnels), then start the backup again.',
  }
  const size = await runOrThrow('nbdinfo', ['--size', url], problem, { ...toolOf(options), timeoutMs: 20_000 })
  const sizeBytes = bytesSchema.parse(Number(size.stdout.trim()))
  return parseMap(await readMap(url, problem, options), sizeBytes, isPresent)
}

const toolOf = ({ cwd, signal }: { cwd: string; signal?: AbortSignal }) => ({ cwd, signal })

async function readMap(
  url: string,
  problem: Parameters<typeof runOrThrow>[2],
  options: { cwd: string; signal?: AbortSignal },
): Promise<string> {
  const limits = { timeoutMs: 600_000, maxStdoutBytes: MAP_LIMIT }
  return (await runOrThrow('nbdinfo', ['--map', '--json', url], problem, { ...toolOf(options), ...limits })).stdout
}
