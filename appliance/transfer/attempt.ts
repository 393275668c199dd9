import type { Problem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import { NbdError } from '#lib/nbd/error.ts'
import { openNbd } from '#lib/nbd/open.ts'
import type { JobFiles, JobRecord } from '../jobs/record.ts'
import { accessChange } from '../nbdkit/access.ts'
import { type ServedDisk, serveDisk } from '../nbdkit/serve.ts'
import { copyDisk } from './copy/copy-disk.ts'
import { CopyError } from './copy/error.ts'
import type { DiskJournal } from './journal.ts'
import { heldLimiter } from './limit/held.ts'
import type { Limiter } from './limit/job-limiter.ts'
import type { DiskMeter } from './meter.ts'
import { changedProblem, copyProblem, readerProblem } from './problems.ts'
import type { ProgressReporter } from './progress.ts'
import type { TunnelWatch } from './tunnel-watch.ts'

type JobDisk = JobRecord['disks'][number]

/** A dead reader is noticed by its sockets; when it is not, the copy is ended after this. */
const NOTICE_MS = 1000
/** An exit is seen a moment after its sockets closed. */
const EXIT_MS = 300
/** A channel of SSH has a window of its own: on a long way one connection alone is slow (datapath.md §10). */
const TARGET_CONNECTIONS = 4

export interface AttemptContext {
  files: JobFiles
  mark: string
  progress: ProgressReporter
  tunnel: TunnelWatch
  limiter: Limiter
  signal: AbortSignal
  /** Tells a phase, each once. */
  phase(name: 'opening' | 'copying' | 'flushing' | 'reading again' | 'done'): void
}

/** Where the disk is served, for as long as `use` takes. @throws ProblemError when it cannot be served */
export async function withSource<T>(
  disk: JobDisk,
  { files, mark }: Pick<AttemptContext, 'files' | 'mark'>,
  use: (served: ServedDisk) => Promise<T>,
): Promise<T> {
  const { access, key } = disk
  await using served = await serveDisk({
    ...{ access, name: `disk-${key}`, cwd: files.directory, mark, what: `disk ${key}` },
  })
  return await use(served)
}

/** Opens connections to a served disk, which must have the size it had when the job was prepared. */
export function sourceOf(disk: JobDisk, served: ServedDisk, cwd: string, signal: AbortSignal) {
  return async () => {
    const client = await openNbd(served.url, { cwd, contexts: ['base:allocation'], signal })
    if (client.export.sizeBytes === disk.sizeBytes) return client
    await client.disconnect()
    throw new SizeChanged(client.export.sizeBytes)
  }
}

/** The source has another size than when the job was prepared. */
export class SizeChanged extends Error {
  override readonly name = 'SizeChanged'
  readonly sizeBytes: number
  constructor(sizeBytes: number) {
    super(`has ${sizeBytes} bytes now`)
    this.sizeBytes = sizeBytes
  }
}

/**
 * Serves and copies one disk once, through one tunnel: what its journal has not stored.
 * @throws ProblemError when the disk cannot be served
 */
export async function attemptCopy(
  disk: JobDisk,
  target: Target,
  journal: DiskJournal,
  meter: DiskMeter,
  context: AttemptContext,
): Promise<Problem | null> {
  return await withSource(disk, context, (served) => copyServed(disk, target, served, journal, meter, context))
}

/**
 * A copy was cut: what the export had acknowledged is in the very process that still serves it (the hub ends the job when that
 * is another one), so a FLUSH through the new tunnel covers it. What it covers is stored.
 */
export async function storeAcknowledged(
  key: number,
  target: Target,
  journal: DiskJournal,
  signal: AbortSignal,
): Promise<Problem | null> {
  try {
    await using client = await openNbd(targetUrl(target), { signal })
    await client.flush()
    await journal.flushed()
    return null
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NbdError) return copyProblem(key, 'target', error)
    throw error
  }
}

async function copyServed(
  disk: JobDisk,
  target: Target,
  served: ServedDisk,
  journal: DiskJournal,
  meter: DiskMeter,
  context: AttemptContext,
): Promise<Problem | null> {
  const { files, progress, tunnel, phase } = context
  const limiter = heldLimiter(context.limiter)
  const { key, sizeBytes } = disk
  const [stop, done] = [new AbortController(), new AbortController()]
  const signal = AbortSignal.any([context.signal, stop.signal])
  served.exited.then(() => setTimeout(() => stop.abort('its reader ended'), NOTICE_MS).unref()).catch(() => undefined)
  const guarded = tunnel.guard(await tunnel.current(), stop, done.signal)
  const openTarget = () => openNbd(targetUrl(target), { signal })
  phase('copying')
  progress.add({
    key,
    meter,
    peer: { host: target.host, port: target.port },
    sourcePid: served.pid,
    held: limiter.held,
  })
  try {
    await copyDisk({
      openSource: sourceOf(disk, served, files.directory, signal),
      openTarget,
      sourceConnections: 2,
      targetConnections: TARGET_CONNECTIONS,
      sizeBytes,
      isStored: (leaf) => journal.isStored(leaf),
      digests: journal,
      onFlushed: () => journal.flushed(),
      onFlushing: () => phase('flushing'),
      limiter,
      progress: meter.copied,
      signal,
    })
    // A file that was cut short reads as holes from there on: nothing else would notice so soon.
    const change = await accessChange(disk.access)
    return change === null ? null : changedProblem(key, change)
  } catch (error) {
    return await problemOf(disk, error, served, context.signal)
  } finally {
    done.abort()
    await guarded
    await progress.finish(key)
  }
}

/** @throws the signal's reason when the job was stopped */
export async function problemOf(
  { key, sizeBytes, access }: JobDisk,
  error: unknown,
  served: ServedDisk,
  signal: AbortSignal,
): Promise<Problem> {
  signal.throwIfAborted()
  if (error instanceof SizeChanged)
    return changedProblem(key, `has ${error.sizeBytes} bytes now instead of ${sizeBytes}`)
  const cause = error instanceof Error && error.cause instanceof SizeChanged ? error.cause : null
  if (cause) return changedProblem(key, `has ${cause.sizeBytes} bytes now instead of ${sizeBytes}`)
  if (!(error instanceof CopyError) && !(error instanceof NbdError)) {
    const reader = served.ended()
    if (reader) return readerProblem(key, reader)
    throw error
  }
  const side = error instanceof CopyError ? error.side : 'source'
  if (side === 'source') {
    const change = await accessChange(access)
    if (change !== null) return changedProblem(key, change)
    // nbdkit may abort when a client that met an error hangs up: what it answered before is the cause.
    const reader = error.kind === 'io' ? null : await endOf(served)
    if (reader) return readerProblem(key, reader)
  }
  return copyProblem(key, side, error)
}

async function endOf(served: ServedDisk) {
  const wait = new Promise<null>((resolve) => setTimeout(() => resolve(null), EXIT_MS).unref())
  return served.ended() ?? (await Promise.race([served.exited, wait]))
}
