import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Extent } from '#contracts/appliance.ts'
import type { Problem, ToolReport } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import type { JobFiles, JobRecord } from '../jobs/record.ts'
import { accessChange } from '../nbdkit/access.ts'
import { formatExtentList, servedSize } from '../nbdkit/extents.ts'
import { type ServedDisk, serveDisk } from '../nbdkit/serve.ts'
import type { Copier } from './copier/copier.ts'
import type { DiskMeter } from './meter.ts'
import { changedProblem, copyProblem } from './problems.ts'
import type { ProgressReporter } from './progress.ts'
import { SourceSockets } from './source-sockets.ts'
import type { TunnelWatch } from './tunnel-watch.ts'

type JobDisk = JobRecord['disks'][number]

export interface AttemptContext {
  files: JobFiles
  mark: string
  copier: Copier
  progress: ProgressReporter
  tunnel: TunnelWatch
  signal: AbortSignal
  /** Tells a phase, each once. */
  phase(name: 'opening' | 'copying' | 'flushing' | 'done'): void
}

export interface CopyPlan {
  /** null: all that the source has. Otherwise exactly these whole clusters, zeros too. */
  listed: readonly Extent[] | null
  requestBytes: number
}

/**
 * Serves and copies one disk once, through one tunnel.
 * @throws ProblemError when the disk cannot be served
 */
export async function attemptCopy(
  disk: JobDisk,
  target: Target,
  plan: CopyPlan,
  meter: DiskMeter,
  context: AttemptContext,
): Promise<Problem | null> {
  const { files, signal, mark } = context
  const { key } = disk
  const extentList = `lacking-${key}.list`
  if (plan.listed) await writeFile(path.join(files.directory, extentList), formatExtentList(plan.listed))
  await using served = await serveDisk({
    access: disk.access,
    name: `disk-${key}`,
    cwd: files.directory,
    mark,
    what: `disk ${key}`,
    ...(plan.listed ? { extentList } : {}),
  })
  // nbdcopy takes a source that became smaller for a success.
  const change = await changeOf(disk, served, files.directory, signal)
  if (change !== null) return changedProblem(key, change)
  if (disk.access.plugin === 'file' || disk.access.plugin === 'qemu') await meter.watch(served.pid)
  else meter.watchSockets(new SourceSockets(served.pid))
  context.phase('copying')
  return await copyServed(disk, target, served, plan, meter, context)
}

/** What became of the disk since the job was prepared. A file says it at once, a server is asked for its size. */
async function changeOf(disk: JobDisk, served: ServedDisk, cwd: string, signal: AbortSignal): Promise<string | null> {
  const change = await accessChange(disk.access)
  if (change !== null) return change
  const sizeBytes = await servedSize(served.url, { cwd, what: `disk ${disk.key}`, signal })
  return sizeBytes === disk.sizeBytes ? null : `has ${sizeBytes} bytes now instead of ${disk.sizeBytes}`
}

async function copyServed(
  disk: JobDisk,
  target: Target,
  served: ServedDisk,
  { listed, requestBytes }: CopyPlan,
  meter: DiskMeter,
  { files, mark, copier, progress, signal, tunnel, phase }: AttemptContext,
): Promise<Problem | null> {
  const { key, sizeBytes } = disk
  const sampled: Promise<void>[] = []
  const pids = { source: served.pid, client: null as number | null }
  progress.add({ key, meter, peer: { host: target.host, port: target.port }, pids })
  const [stop, done] = [new AbortController(), new AbortController()]
  // A reader that died leaves the copier waiting on nothing only if the copier does not notice: then it is ended.
  served.exited.then(() => setTimeout(() => stop.abort('its reader ended'), 1000).unref()).catch(() => undefined)
  const guarded = tunnel.guard(await tunnel.current(), stop, done.signal)
  const result = await copier.copy({
    sourceUrl: served.url,
    targetUrl: targetUrl(target),
    sizeBytes,
    requestBytes,
    extents: listed,
    targetIsZero: listed === null,
    cwd: files.directory,
    mark,
    signal: AbortSignal.any([signal, stop.signal]),
    onStarted: (pid) => {
      pids.client = pid
    },
    onProgress: () => undefined,
    onFlushing: () => {
      phase('flushing')
      meter.sampleEnd()
      sampled.push(progress.sampleSockets())
    },
  })
  done.abort()
  await Promise.all([...sampled, guarded])
  if (result.ok) meter.sampleEnd()
  await progress.finish(key)
  // A file that was cut short reads as holes from there on: the copier may know nothing of it.
  const change = await accessChange(disk.access)
  if (result.ok) return change === null ? null : changedProblem(key, change)
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
