import { processesOf } from '../processes.ts'
import type { Stack } from '../stack.ts'
import type { Heal } from './fault.ts'

/** The programs of one backup, by their command lines. */
export const programs = {
  client: / client --job-dir /,
  nbdkit: /(^|\/)nbdkit .*disk-\d/,
  nbdcopy: /(^|\/)nbdcopy /,
  /** The appliance's end of the job's own tunnel. */
  ssh: /^ssh .*-F \S*\/jobs\//,
  qemuNbd: /(^|\/)qemu-nbd /,
} as const

/** Who runs a program of the stack now. */
export async function pidsOf({ root }: Pick<Stack, 'root'>, program: RegExp): Promise<number[]> {
  return (await processesOf(root)).filter(({ command }) => program.test(command)).map(({ pid }) => pid)
}

/** Sends a signal; false when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

const nothingToMend: Heal = async () => undefined

/** SIGKILL for every process of that program. */
export async function killAll(stack: Stack, program: RegExp): Promise<Heal | null> {
  const hit = (await pidsOf(stack, program)).filter((pid) => signal(pid, 'SIGKILL'))
  return hit.length > 0 ? nothingToMend : null
}

/** SIGSTOP for every process of that program; mended by SIGCONT. */
export async function stopAll(stack: Stack, program: RegExp): Promise<Heal | null> {
  const hit = (await pidsOf(stack, program)).filter((pid) => signal(pid, 'SIGSTOP'))
  if (hit.length === 0) return null
  return async () => {
    for (const pid of hit) signal(pid, 'SIGCONT')
  }
}
