import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Problem, ToolReport } from '#contracts/problem.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { type Daemon, signalProcess, startDaemon } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { endProcesses, jobMark, markedProcesses } from './mark.ts'
import type { JobFiles } from './record.ts'
import type { JobShared } from './tunnel.ts'

/** How long a client may take to end its children (a second each for copier and reader) before the whole group is killed. */
const GRACE_MS = 4000
/** How often a client that is not our child is looked at. */
const ADOPTED_POLL_MS = 200

/** How long a broken tunnel may stay away each time, and in all. */
export interface AwayBounds {
  tunnelAwaySeconds: number
  tunnelAwayTotalSeconds: number
}

/** Starts the backup client in a session of its own: it outlives the daemon. */
export function spawnClient(
  { jobId, files, context: { self } }: Pick<JobShared, 'jobId' | 'files' | 'context'>,
  targets: string,
  { tunnelAwaySeconds, tunnelAwayTotalSeconds }: AwayBounds,
): Promise<Daemon> {
  const bounds = ['--tunnel-away', String(tunnelAwaySeconds), '--tunnel-away-total', String(tunnelAwayTotalSeconds)]
  const args = [...self.args, 'transfer', '--job-dir', files.directory, '--targets', targets, ...bounds]
  return startDaemon(self.command, args, { logFile: files.clientLog, mark: jobMark(jobId), cwd: files.directory })
}

/** Asks the client to end, kills its whole group after the grace. Returns when it is gone. False: it was gone already. */
export async function stopClient(client: ProcessIdentity): Promise<boolean> {
  // Only the client itself hears the first signal: it ends its children in order and tells what became of each disk.
  if (!(await signalProcess(client, 'SIGTERM', false))) return false
  const gone = async () => !(await isAlive(client))
  if (await waitFor(gone, { deadlineMs: GRACE_MS, everyMs: 5 })) return true
  await signalProcess(client, 'SIGKILL')
  if (await waitFor(gone, { deadlineMs: 5000, everyMs: 5 })) return true
  throw new Error(`the backup client ${client.pid} is still there 5 s after SIGKILL`)
}

/**
 * Waits for the client's end, whoever is its parent, and for that of all it started; then says how it ended.
 * The exit status of one that was adopted is what the client itself wrote as its last act.
 * @param release aborts when the daemon leaves the client to the next one
 * @throws the reason of `release`
 */
export async function clientEnd(
  client: ProcessIdentity & Partial<Daemon>,
  { jobId, files }: { jobId: string; files: JobFiles },
  release: AbortSignal,
): Promise<ToolReport> {
  const exited = client.exited ?? null
  let end = exited && (await Promise.race([exited, released(release)]))
  release.throwIfAborted()
  if (!end) {
    while (await isAlive(client)) await sleep(ADOPTED_POLL_MS, release)
    end = { exitCode: await writtenExit(files), signal: null }
  }
  const orphans = await markedProcesses(jobMark(jobId), (row) => row.session === client.pid)
  if (orphans.length > 0) await endProcesses(orphans, 500)
  return toolReport('sendense-backup-client', [jobId], end, await tailFile(files.clientLog))
}

function released(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
}

async function writtenExit(files: JobFiles): Promise<number | null> {
  try {
    return z.object({ exitCode: z.number().int() }).parse(JSON.parse(await readFile(files.clientEnd, 'utf8'))).exitCode
  } catch {
    return null
  }
}

/** Why a client that did not succeed ended. */
export function clientProblem(
  tool: ToolReport,
  { cancelled, firstFailure }: { cancelled: boolean; firstFailure: Problem | null },
): Problem {
  const safe = 'Earlier backups are untouched; the unfinished one is not kept.'
  if (cancelled) return { code: 'client_exited', happened: 'The backup client was ended on request.', safe, tool }
  if (firstFailure) return firstFailure
  const how =
    tool.signal !== null
      ? `was killed by signal ${tool.signal}`
      : tool.exitCode === null
        ? 'ended while the appliance was not running, so its exit status is not known'
        : `ended with exit status ${tool.exitCode}`
  return {
    code: 'client_exited',
    happened: `The backup client on the appliance ${how}.`,
    safe,
    remedy: 'Its last words are below; check memory and disk space of the appliance, then start the backup again.',
    tool,
  }
}
