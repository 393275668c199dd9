import { readFile } from 'node:fs/promises'
import { type Daemon, MARK_VARIABLE, signalProcess, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, listProcesses, processEnv } from '#lib/process/procfs.ts'
import { tailFile } from '#lib/process/tail.ts'

/** A long-lived part of a stack: engine, web, appliance. */
export interface Part {
  readonly name: string
  readonly pid: number
  /** Of its last start, in milliseconds since the epoch. */
  readonly startedAt: number
  readonly logFile: string
  alive(): Promise<boolean>
  /** SIGTERM, then SIGKILL after `graceMs`; returns when it is gone. */
  stop(graceMs?: number): Promise<void>
  /** SIGKILL: what it left must be found by whoever starts next. */
  kill(): Promise<void>
  /** Starts it again with the same settings, some of them changed for this run; the old one must be gone. */
  restart(env?: Record<string, string>): Promise<void>
  /** The last lines it printed. */
  log(lines?: number): Promise<string[]>
}

export interface PartOptions {
  name: string
  command: string
  args: readonly string[]
  env: Record<string, string>
  logFile: string
  cwd: string
  /** Stands in the environment of the process and, through PATH, of every process below it. */
  root: string
}

/** A directory that stands in PATH before all others: a test may put a program there that is to be found instead. */
export const binOf = (root: string) => `${root}/bin`

/** The PATH by which every descendant of a part is known to be of `root`, whatever else it scrubs. */
export const markedPath = (root: string) => `${binOf(root)}:${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`

export async function startPart(options: PartOptions): Promise<Part> {
  const start = (env: Record<string, string> = {}) =>
    startDaemon(options.command, options.args, {
      logFile: options.logFile,
      mark: `${options.root}:${options.name}`,
      cwd: options.cwd,
      env: { HOME: options.root, ...options.env, ...env, PATH: markedPath(options.root) },
    })
  let startedAt = Date.now()
  let daemon: Daemon = await start()
  return {
    name: options.name,
    get pid() {
      return daemon.pid
    },
    get startedAt() {
      return startedAt
    },
    logFile: options.logFile,
    alive: () => isAlive(daemon),
    stop: async (graceMs = 10_000) => {
      await stopProcess(daemon, graceMs)
    },
    kill: async () => {
      await signalProcess(daemon, 'SIGKILL', false)
      await stopProcess(daemon, 0)
    },
    restart: async (env) => {
      if (await isAlive(daemon)) throw new Error(`${options.name} still runs`)
      startedAt = Date.now()
      daemon = await start(env)
    },
    log: (lines = 40) => tailFile(options.logFile, lines),
  }
}

export interface StackProcess {
  pid: number
  ppid: number
  /** Arguments joined by spaces. */
  command: string
}

async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Programs that write their title over their environment, so that only their arguments tell whose they are. */
const titled = /^(sshd: )?\S*\/(sshd|postgres) /

async function belongsTo(root: string, pid: number, command: string): Promise<boolean> {
  const path = await processEnv(pid, 'PATH')
  if (path?.split(':').includes(binOf(root))) return true
  const mark = await processEnv(pid, MARK_VARIABLE)
  if (mark?.startsWith(`${root}:`) || mark?.startsWith(`${root}/`)) return true
  return titled.test(command) && command.includes(`${root}/`)
}

/** Every living process of ours that was started for `root`; somebody's editor or `tail` in there is none. */
export async function processesOf(root: string): Promise<StackProcess[]> {
  const rows = await Promise.all(
    (await listProcesses()).map(async ({ pid, ppid }) => {
      if (pid === process.pid) return null
      const command = await commandOf(pid)
      return command !== '' && (await belongsTo(root, pid, command)) ? { pid, ppid, command } : null
    }),
  )
  return rows.filter((row) => row !== null)
}
