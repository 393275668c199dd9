import { waitFor } from '#lib/async/wait.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import {
  isAlive,
  listProcesses,
  type ProcessIdentity,
  type ProcessRow,
  processEnv,
  processIdentity,
} from '#lib/process/procfs.ts'

/**
 * What every process of a job carries in its environment. It is no id of the hub's ledger, so that a hub on the same
 * host leaves it alone.
 */
export const jobMark = (jobId: string) => `appliance-job:${jobId}`

/** The processes of a job that live and that `which` selects, whoever started them. */
export async function markedProcesses(
  mark: string,
  which: (row: ProcessRow) => boolean = () => true,
): Promise<ProcessIdentity[]> {
  const rows = (await listProcesses()).filter((row) => row.pid !== process.pid && which(row))
  const found = rows.map(async ({ pid }) =>
    (await processEnv(pid, MARK_VARIABLE)) === mark ? await processIdentity(pid) : null,
  )
  return (await Promise.all(found)).filter((identity) => identity !== null)
}

/**
 * SIGTERM to each, SIGKILL after `graceMs`. Returns when all are gone.
 * @throws Error naming the pids that outlive SIGKILL by 5 s
 */
export async function endProcesses(processes: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  const allGone = async () => !(await Promise.all(processes.map(isAlive))).includes(true)
  await signalEach(processes, 'SIGTERM')
  if (await waitFor(allGone, { deadlineMs: graceMs, everyMs: 5 })) return
  await signalEach(processes, 'SIGKILL')
  if (await waitFor(allGone, { deadlineMs: 5000, everyMs: 5 })) return
  throw new Error(`processes outlive SIGKILL: ${processes.map(({ pid }) => pid).join(', ')}`)
}

async function signalEach(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): Promise<void> {
  for (const identity of processes) {
    if (!(await isAlive(identity))) continue
    try {
      process.kill(identity.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
