// Files of procfs are read in place: no disk is behind them, and a trip through the thread pool costs several times the read.
import { readdirSync, readFileSync } from 'node:fs'

/** Names one process for ever: a pid alone is reused. `start` is `<boot id>:<ticks>` (proc_pid_stat(5), field 22). */
export interface ProcessIdentity {
  pid: number
  start: string
}

/** Empty where there is no procfs. */
const readBootId = () => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** Stays the same as long as this process can live. */
const bootId = readBootId()

/** The fields of /proc/PID/stat after the command name, which may itself hold spaces and parentheses. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/**
 * The identity of a living process; null when there is none of that pid. A zombie counts as gone once it is alone: while
 * other threads of it still end (field 20), its files, locks and ports are open.
 */
export async function processIdentity(pid: number): Promise<ProcessIdentity | null> {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    if ((fields[0] === 'Z' || fields[0] === 'X') && Number(fields[17]) <= 1) return null
    return { pid, start: `${bootId}:${fields[19]}` }
  } catch {
    return null
  }
}

/** True while exactly that process lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await processIdentity(identity.pid))?.start === identity.start
}

/** The value of one variable in a process's initial environment; null when unreadable or unset. */
export async function processEnv(pid: number, name: string): Promise<string | null> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
  } catch {
    return null
  }
}

export interface ProcessRow {
  pid: number
  ppid: number
  /** Pid of the session's leader, which may be gone. */
  session: number
}

/** Every process this user can list, with its parent and session. */
export async function listProcesses(): Promise<ProcessRow[]> {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return pids.flatMap((pid) => {
    try {
      const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      return [{ pid, ppid: Number(fields[1]), session: Number(fields[3]) }]
    } catch {
      return []
    }
  })
}

/** The name of the process's program (proc_pid_comm(5)); empty when it is gone. */
export function processName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Bytes that read(2)-like calls returned to the process (proc_pid_io(5) `rchar`), and wrote; null when it is gone or not ours. */
export async function processIo(pid: number): Promise<{ readBytes: number; writtenBytes: number } | null> {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'utf8')
    const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    return { readBytes: field('rchar'), writtenBytes: field('wchar') }
  } catch {
    return null
  }
}
