import { rm } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { run, toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { infoArgs } from '../image/args.ts'
import { isPortFree } from '../port/driver.ts'
import { type ExportSpec, exportArgs, exportFiles } from './args.ts'
import { type ExportProbe, probeExport } from './probe.ts'

export { type ExportSpec, exportFiles } from './args.ts'
export { countPeers, type ExportPeer, exportPeers } from './peers.ts'
export { type ExportProbe, probeExport } from './probe.ts'

export interface ExportOptions extends ExportSpec {
  /** For pid file and log. */
  dir: string
  /** Id of its row on the resource ledger. */
  mark: string
  /** Milliseconds until the export must answer. */
  deadlineMs: number
  signal?: AbortSignal
}

export interface ExportProcess {
  identity: ProcessIdentity
  /** How it ended, while its starter lives. */
  exited: Daemon['exited']
  host: string
  port: number
  exportName: string
  /** As negotiated: whole sectors (see createImage). */
  sizeBytes: number
  pidFile: string
  logFile: string
}

/**
 * Serves one image by a qemu-nbd of its own, in a session of its own so that it survives the engine. Ready means: an NBD
 * client negotiated the export by name. Whatever goes wrong (also an abort), nothing is left: no process, no file.
 * @throws ProblemError `export_failed` with qemu-nbd's own words, `tool_missing`
 */
export async function startExport(options: ExportOptions): Promise<ExportProcess> {
  const { dir, exportName, host, port } = options
  const { pidFile, logFile } = exportFiles(dir, exportName, port)
  const args = exportArgs(options, pidFile)
  options.signal?.throwIfAborted()
  await removeFiles(pidFile, logFile)
  const daemon = await startDaemon('qemu-nbd', args, { logFile, mark: options.mark }).catch(async (error) => {
    await removeFiles(pidFile, logFile)
    throw notStarted(error)
  })
  const { exited, pid, start } = daemon
  try {
    const probe = await untilReady(daemon, options)
    if (probe?.ok && (await isAlive(daemon)))
      return {
        identity: { pid, start },
        exited,
        host,
        port,
        exportName,
        sizeBytes: probe.sizeBytes ?? 0,
        pidFile,
        logFile,
      }
    const end = (await isAlive(daemon)) ? null : await exited
    const lines = await tailFile(logFile)
    const reason = lines.at(-1) ?? probe?.detail ?? 'it said nothing'
    throw new ProblemError({
      code: 'export_failed',
      happened: end
        ? `qemu-nbd could not serve ${options.imagePath} on port ${port}: ${reason}`
        : `qemu-nbd did not answer on port ${port} within ${options.deadlineMs} ms: ${reason}`,
      safe: 'Nothing was written to the image.',
      remedy: 'See that nothing else has the image or the port open, then try again.',
      tool: toolReport('qemu-nbd', args, end ? { exitCode: end.exitCode, signal: end.signal } : {}, lines),
    })
  } catch (error) {
    await stopProcess(daemon, 2000)
    await removeFiles(pidFile, logFile)
    throw error
  }
}

async function untilReady(daemon: Daemon, options: ExportOptions): Promise<ExportProbe | null> {
  let last: ExportProbe | null = null
  const left = deadline(options.deadlineMs)
  await waitFor(
    async () => {
      // The pid file comes after open and listen: a port that somebody else serves is never asked.
      const listening = (await tailFile(exportFiles(options.dir, options.exportName, options.port).pidFile)).length > 0
      if (listening) last = await probeExport({ ...options, timeoutMs: Math.max(100, left()) }, options.signal)
      return last?.ok || !(await isAlive(daemon))
    },
    { deadlineMs: options.deadlineMs, everyMs: 5, signal: options.signal },
  )
  return last
}

const deadline = (ms: number) => {
  const end = performance.now() + ms
  return () => Math.ceil(end - performance.now())
}

function notStarted(error: unknown): ProblemError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return new ProblemError(
    {
      code: missing ? 'tool_missing' : 'export_failed',
      happened: missing ? 'qemu-nbd is not installed on the hub.' : `qemu-nbd could not be started: ${String(error)}`,
      safe: 'Nothing was written to the image.',
      remedy: missing ? 'Install the package qemu-utils.' : undefined,
    },
    { cause: error },
  )
}

async function removeFiles(...files: string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true })))
}

/** What must be known to stop an export: also one that an earlier engine started. */
export interface ExportHandle {
  identity: ProcessIdentity
  host: string
  port: number
  exportName: string
  imagePath: string
  dir: string
  /** Known only to the engine that started it. */
  exited?: Daemon['exited']
}

export interface ExportEnd {
  /** Null: unknown (adopted, or gone before we looked). A clean stop is 0: qemu-nbd flushed and closed the image. */
  exitCode: number | null
  signal: NodeJS.Signals | null
  /** It had to be killed: what it held in memory is lost, the image is not to be trusted. */
  killed: boolean
  /** It was gone before it was asked to stop. */
  wasGone: boolean
}

/**
 * Ends the export: SIGTERM, wait until the process is gone (which is when the image's lock goes), SIGKILL after
 * `graceMs`; then waits until the kernel gives the port and qemu-img can open the image without sharing. Idempotent.
 * @throws ProblemError `export_failed` when port or image stay held by something else for 5 s
 */
export async function stopExport(handle: ExportHandle, options: { graceMs?: number } = {}): Promise<ExportEnd> {
  const how = await stopProcess(handle.identity, options.graceMs ?? 30_000)
  const end = handle.exited ? await handle.exited : { exitCode: null, signal: null }
  const { pidFile, logFile } = exportFiles(handle.dir, handle.exportName, handle.port)
  const lines = await tailFile(logFile)
  await removeFiles(pidFile, logFile)
  const held = await stillHeld(handle, how !== 'gone')
  if (held)
    throw new ProblemError({
      code: 'export_failed',
      happened: `The export ${handle.exportName} ended, but ${held}.`,
      remedy: 'Find out what holds it (ss -tlnp, fuser) and end that.',
      tool: toolReport('qemu-nbd', [handle.imagePath], end, lines),
    })
  return { ...end, killed: how === 'killed', wasGone: how === 'gone' }
}

/** @param port  also wait for the port: not when the process was gone already, for then it may be another export's by right */
async function stillHeld(handle: ExportHandle, port: boolean): Promise<string | null> {
  const options = { deadlineMs: 5000, everyMs: 20 }
  if (port && !(await waitFor(() => isPortFree(handle.host, handle.port), options)))
    return `port ${handle.port} is still in use by something else`
  let words = ''
  const unlocked = await waitFor(async () => {
    const result = await run('qemu-img', infoArgs(handle.imagePath, { shared: false }))
    words = result.stderr
    return !/lock/i.test(words)
  }, options)
  return unlocked ? null : `the image is still locked: ${words.trim().split('\n').join(' ')}`
}
