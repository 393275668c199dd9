import { rm } from 'node:fs/promises'
import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { Daemon } from '#lib/process/daemon.ts'
import type { ProcessIdentity } from '#lib/process/procfs.ts'
import { run, toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { infoArgs } from '../image/args.ts'
import { isPortFree } from '../port/driver.ts'
import { exportFiles } from './args.ts'
import { terminate } from './terminate.ts'

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
  /** Its last words (the log is removed). */
  tool: ToolReport
}

/**
 * Ends the export: SIGTERM, wait until the process is gone (which is when the image's lock goes), SIGKILL after
 * `graceMs`; then waits until the kernel gives the port and qemu-img can open the image without sharing. Idempotent.
 * @throws ProblemError `export_failed` when port or image stay held by something else for 5 s
 */
export async function stopExport(handle: ExportHandle, options: { graceMs?: number } = {}): Promise<ExportEnd> {
  const how = await terminate(handle.identity, options.graceMs ?? 30_000)
  const end = handle.exited ? await handle.exited : { exitCode: null, signal: null }
  const { pidFile, logFile } = exportFiles(handle.dir, handle.exportName, handle.port)
  const lines = await tailFile(logFile)
  await Promise.all([rm(pidFile, { force: true }), rm(logFile, { force: true })])
  const tool = toolReport('qemu-nbd', [handle.imagePath], end, lines)
  const held = await stillHeld(handle, how !== 'gone')
  if (held)
    throw new ProblemError({
      code: 'export_failed',
      happened: `The export ${handle.exportName} ended, but ${held}.`,
      remedy: 'Find out what holds it (ss -tlnp, fuser) and end that.',
      tool,
    })
  return { ...end, killed: how === 'killed', wasGone: how === 'gone', tool }
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
