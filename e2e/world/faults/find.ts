import { jobMark } from '#appliance/jobs/mark.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { processEnv } from '#lib/process/procfs.ts'
import { processesOf } from '../processes.ts'
import type { Stack } from '../stack.ts'
import type { Heal } from './fault.ts'

/** The programs of one backup, by their command lines. */
export const programs = {
  client: / transfer --job-dir /,
  nbdkit: /(^|\/)nbdkit .*disk-\d/,
  /** The appliance's end of the job's own tunnel. */
  ssh: /^(\S*\/)?ssh .*-F \S*\/jobs\//,
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

/** The same for one backup of several: the appliance's processes carry its mark, the hub's its id in a path. */
export async function pidsOfJob(
  { root }: Pick<Stack, 'root'>,
  job: { jobId: string; backupId: string },
  program: RegExp,
): Promise<number[]> {
  const found = (await processesOf(root)).filter(({ command }) => program.test(command))
  const own = found.map(async ({ pid, command }) =>
    command.includes(`/${job.backupId}.`) || (await processEnv(pid, MARK_VARIABLE)) === jobMark(job.jobId) ? pid : null,
  )
  return (await Promise.all(own)).filter((pid) => pid !== null)
}

/** SIGSTOP for that program of one backup; mended by SIGCONT. */
export async function stopOfJob(
  stack: Stack,
  job: { jobId: string; backupId: string },
  program: RegExp,
): Promise<Heal | null> {
  const hit = (await pidsOfJob(stack, job, program)).filter((pid) => signal(pid, 'SIGSTOP'))
  if (hit.length === 0) return null
  return async () => {
    for (const pid of hit) signal(pid, 'SIGCONT')
  }
}

/** SIGKILL for that program of one backup. */
export async function killOfJob(
  stack: Stack,
  job: { jobId: string; backupId: string },
  program: RegExp,
): Promise<Heal | null> {
  const hit = (await pidsOfJob(stack, job, program)).filter((pid) => signal(pid, 'SIGKILL'))
  return hit.length > 0 ? nothingToMend : null
}
