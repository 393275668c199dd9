import { constants, open, rm } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { type ExportSpec, exportArgs, exportFiles } from './args.ts'
import { reasonOf } from './parse.ts'
import { type ExportProbe, probeExport } from './probe.ts'
import { terminate } from './terminate.ts'

export interface ExportOptions extends Omit<ExportSpec, 'directIo'> {
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
  const args = exportArgs({ ...options, directIo: await knowsDirectIo(options.imagePath) }, pidFile)
  options.signal?.throwIfAborted()
  const launch = async () => {
    await removeFiles(pidFile, logFile)
    return startDaemon('qemu-nbd', args, { logFile, mark: options.mark })
  }
  const daemon = await launch().catch(async (error) => {
    await removeFiles(pidFile, logFile).catch(() => undefined)
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
    const reason = reasonOf(lines) ?? probe?.detail ?? 'it said nothing'
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
    await terminate(daemon, 2000)
    await removeFiles(pidFile, logFile)
    throw error
  }
}

/** False when the file system refuses O_DIRECT with EINVAL (open(2)); what else is wrong, qemu-nbd says better. */
async function knowsDirectIo(file: string): Promise<boolean> {
  try {
    await using _file = await open(file, constants.O_RDONLY | constants.O_DIRECT)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EINVAL'
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
      remedy: missing ? 'Install the package qemu-utils.' : 'See that the hub’s home can be written, then try again.',
    },
    { cause: error },
  )
}

async function removeFiles(...files: string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true })))
}
