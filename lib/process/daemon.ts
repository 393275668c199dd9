import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive, type ProcessIdentity, processIdentity } from './procfs.ts'
import { toolEnv } from './run.ts'

/** The variable by which a process carries our mark: the id of its row in the resource ledger. */
export const MARK_VARIABLE = 'SENDENSE_RESOURCE'

export interface DaemonOptions {
  /** stdout and stderr are appended here: a pipe would die with us. */
  logFile: string
  /** Written to {@link MARK_VARIABLE}. */
  mark: string
  cwd?: string
  env?: Record<string, string>
  uid?: number
  gid?: number
}

export interface Daemon extends ProcessIdentity {
  /** Resolves when this very process ended, while its starter lives. A later adopter polls {@link isAlive} instead. */
  exited: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>
}

/**
 * Starts a long-lived program in a session of its own (setsid), so that it outlives its starter and can be adopted.
 * @throws Error when the program cannot be executed at all
 */
export async function startDaemon(command: string, args: readonly string[], options: DaemonOptions): Promise<Daemon> {
  await using log = await open(options.logFile, 'a', 0o600)
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: options.cwd,
    env: toolEnv({ ...options.env, [MARK_VARIABLE]: options.mark }),
    uid: options.uid,
    gid: options.gid,
  })
  const exited = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  await once(child, 'spawn')
  child.unref()
  const pid = child.pid as number
  const identity = await processIdentity(pid)
  return { pid, start: identity?.start ?? 'ended', exited }
}

/** Sends a signal to the process, or to its whole group when it leads one. False when it is already gone. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, group = true): Promise<boolean> {
  if (!(await isAlive(identity))) return false
  try {
    process.kill(group ? -identity.pid : identity.pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH' && group) return signalProcess(identity, signal, false)
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/**
 * SIGTERM, wait until the process is gone, SIGKILL after `graceMs`. Returns only when it is gone.
 * @throws Error when the process outlives SIGKILL by 5 s (uninterruptible sleep)
 */
export async function stopProcess(
  identity: ProcessIdentity,
  graceMs: number,
): Promise<'gone' | 'terminated' | 'killed'> {
  if (!(await signalProcess(identity, 'SIGTERM'))) return 'gone'
  const gone = async () => !(await isAlive(identity))
  if (await waitFor(gone, { deadlineMs: graceMs, everyMs: 5 })) return 'terminated'
  await signalProcess(identity, 'SIGKILL')
  if (await waitFor(gone, { deadlineMs: 5000, everyMs: 5 })) return 'killed'
  throw new Error(`process ${identity.pid} is still there 5 s after SIGKILL`)
}
