import type { Problem, ToolReport } from '#contracts/problem.ts'
import { toProblem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import type { JobFiles, JobRecord } from '../jobs/record.ts'
import { readExtentsFile } from '../jobs/record.ts'
import { accessChange } from '../nbdkit/access.ts'
import { roundedBytes, servedSize } from '../nbdkit/extents.ts'
import { type ServedDisk, serveDisk } from '../nbdkit/serve.ts'
import type { Copier } from './copier/copier.ts'
import { DiskMeter } from './meter.ts'
import { changedProblem, copyProblem, stoppedProblem } from './problems.ts'
import type { ProgressReporter } from './progress.ts'
import type { Reporter } from './reporter.ts'

type JobDisk = JobRecord['disks'][number]

export interface CopyContext {
  files: JobFiles
  mark: string
  copier: Copier
  reporter: Reporter
  progress: ProgressReporter
  signal: AbortSignal
}

/** Serves and copies one disk, telling its phases. Answers the problem, or null when every byte is flushed. */
export async function copyDisk(disk: JobDisk, target: Target, context: CopyContext): Promise<Problem | null> {
  const { files, mark, reporter, signal } = context
  const { key } = disk
  const phase = (name: 'opening' | 'copying' | 'flushing' | 'done') =>
    reporter.report({ type: 'phase', key, phase: name })
  if (signal.aborted) return stoppedProblem(key, String(signal.reason))
  try {
    phase('opening')
    const extents = await readExtentsFile(files, key)
    await using served = await serveDisk({
      access: disk.access,
      name: `disk-${key}`,
      cwd: files.directory,
      mark,
      what: `disk ${key}`,
    })
    // nbdcopy takes a source that became smaller for a success.
    const change = await changeOf(disk, served, files.directory, signal)
    if (change !== null) return changedProblem(key, change)
    const requestBytes = context.copier.requestBytes(extents, disk.sizeBytes)
    const meter = new DiskMeter(disk.dataBytes, roundedBytes(extents, requestBytes, disk.sizeBytes))
    if (disk.access.plugin === 'file') await meter.watch(served.pid)
    phase('copying')
    const problem = await copyServed(disk, target, served, { meter, requestBytes }, context, () => phase('flushing'))
    if (problem === null) phase('done')
    return problem
  } catch (error) {
    return signal.aborted ? stoppedProblem(key, String(signal.reason)) : toProblem(error)
  }
}

/** What became of the disk since the job was prepared. A file says it at once, a server is asked for its size. */
async function changeOf(disk: JobDisk, served: ServedDisk, cwd: string, signal: AbortSignal): Promise<string | null> {
  if (disk.access.plugin === 'file' && disk.access.identity !== null) return await accessChange(disk.access)
  const sizeBytes = await servedSize(served.url, { cwd, what: `disk ${disk.key}`, signal })
  return sizeBytes === disk.sizeBytes ? null : `has ${sizeBytes} bytes now instead of ${disk.sizeBytes}`
}

async function copyServed(
  disk: JobDisk,
  target: Target,
  served: ServedDisk,
  { meter, requestBytes }: { meter: DiskMeter; requestBytes: number },
  { files, mark, copier, progress, signal }: CopyContext,
  onFlushing: () => void,
): Promise<Problem | null> {
  const { key, sizeBytes } = disk
  const sampled: Promise<void>[] = []
  progress.add({ key, meter, peer: { host: target.host, port: target.port } })
  // A reader that died leaves the copier waiting on nothing only if the copier does not notice: then it is ended.
  const stop = new AbortController()
  const whole = AbortSignal.any([signal, stop.signal])
  served.exited.then(() => setTimeout(() => stop.abort('its reader ended'), 1000).unref()).catch(() => undefined)
  const result = await copier.copy({
    sourceUrl: served.url,
    targetUrl: targetUrl(target),
    sizeBytes,
    requestBytes,
    extents: null,
    targetIsZero: true,
    cwd: files.directory,
    mark,
    signal: whole,
    onProgress: () => undefined,
    onFlushing: () => {
      onFlushing()
      sampled.push(progress.sampleSent())
    },
  })
  await Promise.all(sampled)
  await progress.finish(key)
  // A file that was cut short reads as holes from there on: the copier may know nothing of it.
  const change = await accessChange(disk.access)
  if (result.ok) return change === null ? null : changedProblem(key, change)
  if (signal.aborted) return stoppedProblem(key, String(signal.reason))
  const problem = copyProblem(key, result.tool, await readerEnd(served, result.tool))
  return problem.code === 'source_read' && change !== null
    ? { ...changedProblem(key, change), tool: result.tool }
    : problem
}

/** The reader's own end, when that is what broke the copy: its exit is noticed a moment after its sockets closed. */
async function readerEnd(served: ServedDisk, copier: ToolReport): Promise<ToolReport | null> {
  const present = served.ended()
  if (present !== null || !copier.stderr.some((line) => /read at offset|nbd_block_status|^nbd\+unix:/.test(line)))
    return present
  return await Promise.race([
    served.exited,
    new Promise<null>((resolve) => setTimeout(() => resolve(null), 300).unref()),
  ])
}
