import { readFile } from 'node:fs/promises'
import { waitFor } from '#lib/async/wait.ts'
import type { Heal } from '../fault.ts'
import { killOfJob, programs, signal, stopOfJob } from '../find.ts'
import type { Label, LabelledFault, Trial } from './label.ts'

const stopped = (name: string, program: RegExp, label: Pick<Label, 'hop' | 'says' | 'remedy'>): LabelledFault => ({
  name,
  when: 'copy',
  kinds: ['stalled'],
  ends: 'completed',
  inject: (trial) => stopOfJob(trial.lab.stack, trial, program),
  ...label,
})

const killed = (name: string, program: RegExp, label: Pick<Label, 'hop' | 'says' | 'remedy'>): LabelledFault => ({
  name,
  when: 'copy',
  kinds: ['dead'],
  ends: 'failed',
  inject: (trial) => killOfJob(trial.lab.stack, trial, program),
  ...label,
})

/** Stops the client in its first milliseconds: it lives and never says a word. */
async function stopAtBirth({ lab, jobId }: Trial): Promise<Heal | null> {
  const { pid: daemon } = lab.stack.appliance
  // Seen as soon as it is there (proc_pid_task_children(5)): some 100 ms later it speaks.
  const born = async () => {
    const children = await readFile(`/proc/${daemon}/task/${daemon}/children`, 'utf8').catch(() => '')
    for (const child of children.split(' ').filter(Boolean)) {
      const words = (await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')).split('\0')
      if (words.includes('client') && words.some((word) => word.includes(jobId))) return Number(child)
    }
    return null
  }
  const pid = await waitFor(born, { deadlineMs: 60_000, everyMs: 4 })
  if (!pid || !signal(pid, 'SIGSTOP')) return null
  return async () => void signal(pid, 'SIGCONT')
}

const memory = /memory|ended it/

export const processFaults: readonly LabelledFault[] = [
  {
    name: 'client never starts',
    hop: 'client',
    kinds: ['stalled'],
    says: /started .*and has not said a word/,
    remedy: /sendense-appliance client/,
    when: 'start',
    inject: stopAtBirth,
    ends: 'completed',
  },
  killed('client killed', programs.client, { hop: 'client', says: /SIGKILL/, remedy: memory }),
  {
    ...stopped('client stopped', programs.client, {
      hop: 'client',
      says: /says nothing.*appliance answers/s,
      remedy: /sendense-appliance client/,
    }),
    // Its copier goes on without it, and bytes that move are well: it shows when they have all arrived.
    inject: async (trial) => {
      const heal = await stopOfJob(trial.lab.stack, trial, programs.client)
      await trial.arranged.slow?.setRate(null)
      return heal
    },
  },
  stopped('nbdcopy stopped', programs.nbdcopy, {
    hop: 'client',
    says: /nbdcopy is stopped \(state T\)/,
    remedy: /nbdcopy/,
  }),
  killed('nbdcopy killed', programs.nbdcopy, { hop: 'client', says: /SIGKILL|signal/, remedy: memory }),
  stopped('nbdkit stopped', programs.nbdkit, { hop: 'source', says: /nbdkit is stopped/, remedy: /nbdkit/ }),
  killed('nbdkit killed', programs.nbdkit, { hop: 'source', says: /nbdkit/, remedy: /source|appliance/ }),
  stopped('ssh stopped', programs.ssh, { hop: 'tunnel', says: /ssh is stopped/, remedy: /ss -tino/ }),
  stopped('qemu-nbd stopped', programs.qemuNbd, { hop: 'export', says: /qemu-nbd is stopped/, remedy: /qemu-nbd/ }),
  killed('qemu-nbd killed', programs.qemuNbd, { hop: 'export', says: /qemu-nbd.*SIGKILL/s, remedy: /memory/ }),
]
