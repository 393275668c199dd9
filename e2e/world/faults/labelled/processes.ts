import { bendTransfer } from '../../bent-transfers.ts'
import type { Heal } from '../fault.ts'
import { killOfJob, pidsOfJob, programs, signal, stopOfJob } from '../find.ts'
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

/** The client lives and never says a word. */
async function stopAtBirth(trial: Trial): Promise<Heal> {
  const release = await bendTransfer(trial.lab.directory, trial.name, 'stopped-at-birth')
  return async () => {
    await release()
    // Without a job there is no client of it, and its empty id would fit everybody's.
    if (trial.jobId === '') return
    for (const pid of await pidsOfJob(trial.lab.stack, trial, programs.client)) signal(pid, 'SIGCONT')
  }
}

const memory = /memory|ended it/

export const processFaults: readonly LabelledFault[] = [
  {
    name: 'client never starts',
    hop: 'client',
    kinds: ['stalled'],
    says: /started .*and has not said a word/,
    remedy: /endense-appliance transfer/,
    when: 'before',
    inject: stopAtBirth,
    ends: 'completed',
  },
  killed('client killed', programs.client, { hop: 'client', says: /SIGKILL/, remedy: memory }),
  stopped('client stopped', programs.client, {
    hop: 'client',
    says: /says nothing.*appliance answers/s,
    remedy: /endense-appliance transfer/,
  }),
  stopped('nbdkit stopped', programs.nbdkit, { hop: 'source', says: /nbdkit is stopped/, remedy: /nbdkit/ }),
  killed('nbdkit killed', programs.nbdkit, { hop: 'source', says: /nbdkit/, remedy: /source|appliance/ }),
  stopped('ssh stopped', programs.ssh, { hop: 'tunnel', says: /ssh is stopped/, remedy: /ps -C ssh .*kill -CONT/ }),
  stopped('qemu-nbd stopped', programs.qemuNbd, { hop: 'export', says: /qemu-nbd is stopped/, remedy: /qemu-nbd/ }),
  killed('qemu-nbd killed', programs.qemuNbd, { hop: 'export', says: /qemu-nbd.*SIGKILL/s, remedy: /memory/ }),
]
