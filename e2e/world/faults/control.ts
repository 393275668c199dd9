import { rename } from 'node:fs/promises'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { listProcesses } from '#lib/process/procfs.ts'
import { processesOf } from '../processes.ts'
import { listeningIn } from '../sockets.ts'
import { type Fault, type FaultRun, type Heal, phases } from './fault.ts'
import { pidsOf, programs, signal } from './find.ts'

/** Longer than a patient question waits between two tries. */
const OUTAGE_MS = 1500
const outage = () => sleep(OUTAGE_MS)

/** SIGTERM, as by systemd: its backups are handed over to the next start. */
export const engineHandsOver: Fault = {
  name: 'engine stopped, hands over',
  part: 'engine',
  phases: ['copying'],
  inject: async ({ stack }) => {
    await stack.engine.stop(5000)
    return () => stack.engine.restart()
  },
  fails: null,
}

export const webRestarted: Fault = {
  name: 'web killed',
  part: 'web',
  phases,
  inject: async ({ stack: { web } }) => {
    if (!web) return null
    await web.kill()
    return () => web.restart()
  },
  fails: null,
}

const databaseGoes = (
  name: string,
  end: (postgres: NonNullable<FaultRun['stack']['postgres']>) => Promise<void>,
): Fault => ({
  name,
  part: 'database',
  phases,
  inject: async ({ stack: { postgres } }) => {
    if (!postgres) return null
    await end(postgres)
    return () => postgres.restart()
  },
  until: outage,
  fails: null,
})
export const databaseStopped = databaseGoes('database stopped', (postgres) => postgres.stop())
export const databaseKilled = databaseGoes('database killed', (postgres) => postgres.kill())

/** The hub's end of the job's tunnel: the session that is listed, and the child of it that forwards. */
export const sessionKilled: Fault = {
  name: 'ssh session killed at the hub',
  part: 'tunnel',
  phases: ['preparing', 'copying', 'flushing'],
  inject: async ({ stack }) => {
    const sessions = (await stack.services.tunnels.list()).filter(({ kind }) => kind === 'data')
    const own = (await listProcesses()).filter(({ pid, ppid }) =>
      sessions.some((each) => [pid, ppid].includes(each.pid)),
    )
    return own.filter(({ pid }) => signal(pid, 'SIGKILL')).length > 0 ? async () => undefined : null
  },
  fails: null,
}

/** The listener only: living tunnels stay, and the engine starts another. */
export const sshdKilled: Fault = {
  name: 'sshd killed',
  part: 'tunnel',
  phases,
  inject: async ({ stack }) => {
    const { port } = stack.env.ssh
    const pids = (await listeningIn([port, port])).flatMap((socket) => socket.pids)
    return pids.filter((pid) => signal(pid, 'SIGKILL')).length > 0 ? async () => undefined : null
  },
  fails: null,
}

const dataSsh = (stack: FaultRun['stack']) => pidsOf(stack, programs.ssh)

/** No packet passes, and nobody is told: only the keep-alive can notice. */
export const networkLost: Fault = {
  name: 'network loses every packet',
  part: 'tunnel',
  phases: ['copying'],
  inject: async ({ stack: { network } }) => {
    if (!network) return null
    await network.cut()
    return () => network.mend()
  },
  until: async ({ stack }) => {
    const before = await dataSsh(stack)
    const gone = async () => !(await dataSsh(stack)).some((pid) => before.includes(pid))
    await waitFor(gone, { deadlineMs: 30_000, everyMs: 50 })
  },
  fails: null,
}

/** What came from the old address is never heard of again. */
export const addressChanged: Fault = {
  ...networkLost,
  name: "the appliance's address changed",
  inject: async ({ stack: { network } }) => {
    if (!network) return null
    await network.changeAddress()
    return async () => undefined
  },
}

/** The disk of the repository is not mounted any more. */
export const repositoryAway: Fault = {
  name: 'repository away',
  part: 'image',
  phases: ['planned', 'committing'],
  inject: async ({ stack: { repositoryPath } }) => {
    await rename(repositoryPath, `${repositoryPath}.away`)
    return () => rename(`${repositoryPath}.away`, repositoryPath)
  },
  until: outage,
  leavesOrphans: true,
  fails: { codes: ['repository_missing', 'repository_identity', 'internal'], words: /repository/i },
}

export const sourceFails: Fault = {
  name: 'source read error',
  part: 'source',
  phases: ['copying'],
  inject: async ({ slow }) => {
    await slow?.breakReads()
    return slow && (() => slow.mendReads())
  },
  fails: { codes: ['source_read'], words: /Disk \d+ cannot be read at its source, at byte \d+/ },
  noticedMs: 5000,
}

/** Both sides' control processes, every tool, sshd and the database: as near to a power cut as a test comes. */
const ours =
  /engine\/main|(appliance\/main|sendense-appliance)\S* (run|transfer)|(^|\/)(qemu-nbd|nbdkit|ssh|sshd)\b|^sshd|postgres/
const notOurs = /nbdkit .*--filter=error|nsenter|unshare| -e /

export const everythingKilled: Fault = {
  name: 'everything killed at once',
  part: 'everything',
  phases,
  inject: async ({ stack }) => {
    const all = (await processesOf(stack.root)).filter(({ command }) => ours.test(command) && !notOurs.test(command))
    for (const { pid } of all) signal(pid, 'SIGKILL')
    await Promise.all([stack.engine.kill(), stack.appliance.kill(), stack.postgres?.kill()])
    const start: Heal = async () => {
      await stack.postgres?.restart()
      await Promise.all([stack.engine.restart(), stack.appliance.restart()])
    }
    return start
  },
  fails: { codes: ['engine_restarted', 'client_exited', 'export_failed', 'proof_failed'], words: /./ },
}
