import { readdir, readFile } from 'node:fs/promises'

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

/** What the process does now. `gone` also when nobody of that pid lives. */
export async function runState(pid: number): Promise<RunState> {
  try {
    const main = stateLetter(await readFile(`/proc/${pid}/stat`, 'utf8'))
    const tasks = await readdir(`/proc/${pid}/task`)
    const threads = await Promise.all(
      tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').then(stateLetter, () => 'X')),
    )
    return stateOf(main, threads)
  } catch {
    return 'gone'
  }
}
