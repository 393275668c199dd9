import { readdirSync, readFileSync } from 'node:fs'

/** What a process does: `disk` waits for storage, `stopped` was told to stand still (SIGSTOP, a debugger). */
export type RunState = 'runs' | 'disk' | 'stopped' | 'gone'

/** The state letter of a /proc/.../stat line (proc_pid_stat(5), field 3). */
export function stateLetter(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

/** One word for the letters of all threads: a stopped main thread means all; one thread in D is enough to wait for storage. */
export function stateOf(main: string, threads: readonly string[]): RunState {
  if (main === 'Z' || main === 'X') return 'gone'
  if (main === 'T' || main === 't') return 'stopped'
  return threads.includes('D') ? 'disk' : 'runs'
}

function letterOf(file: string): string {
  try {
    return stateLetter(readFileSync(file, 'utf8'))
  } catch {
    return 'X'
  }
}

/**
 * What the process does now. `gone` also when nobody of that pid lives. Read at once: /proc waits for no disk, and a trip
 * through the thread pool for each thread costs many times the read.
 */
export function runState(pid: number): RunState {
  try {
    const main = letterOf(`/proc/${pid}/stat`)
    return stateOf(
      main,
      readdirSync(`/proc/${pid}/task`).map((task) => letterOf(`/proc/${pid}/task/${task}/stat`)),
    )
  } catch {
    return 'gone'
  }
}
