import { type Fault, phases } from './fault.ts'
import { killAll, programs } from './find.ts'

const whileItRuns = ['copying'] as const

/** Processes of the data path, each by `kill -9`. */
export const clientKilled: Fault = {
  name: 'client killed',
  part: 'client',
  phases: whileItRuns,
  inject: ({ stack }) => killAll(stack, programs.client),
  fails: { codes: ['client_exited'], words: /client .*(killed|ended) by (signal )?SIGKILL/ },
  noticedMs: 5000,
}

export const nbdkitKilled: Fault = {
  name: 'nbdkit killed',
  part: 'source',
  phases: whileItRuns,
  inject: ({ stack }) => killAll(stack, programs.nbdkit),
  fails: { codes: ['source_read', 'copy_failed'], words: /nbdkit.*SIGKILL/s },
  noticedMs: 5000,
}

export const qemuNbdKilled: Fault = {
  name: 'qemu-nbd killed',
  part: 'export',
  phases: ['preparing', 'copying', 'flushing', 'checking'],
  inject: ({ stack }) => killAll(stack, programs.qemuNbd),
  fails: {
    codes: ['export_failed', 'proof_failed', 'export_unreachable', 'tunnel_refused'],
    words: /qemu-nbd|export/i,
  },
  noticedMs: 5000,
}

/** The appliance dials again, and the copy goes on with what is lacking. */
export const sshKilled: Fault = {
  name: 'ssh killed',
  part: 'tunnel',
  phases: ['preparing', 'copying', 'flushing'],
  inject: ({ stack }) => killAll(stack, programs.ssh),
  fails: null,
}

/** Started again by the mend, as systemd or the launcher would. */
export const engineKilled: Fault = {
  name: 'engine killed',
  part: 'engine',
  phases,
  inject: async ({ stack }) => {
    await stack.engine.kill()
    return () => stack.engine.restart()
  },
  fails: null,
}

export const applianceKilled: Fault = {
  name: 'appliance daemon killed',
  part: 'appliance',
  phases,
  inject: async ({ stack }) => {
    await stack.appliance.kill()
    return () => stack.appliance.restart()
  },
  fails: null,
}
