import type { Logger } from 'pino'
import { sleep } from '#lib/async/wait.ts'
import type { PrismaClient } from '../db/client.ts'
import { intend, markLive, markReleased, openResources } from '../db/resources.ts'
import { type RunAs, type Sshd, startSshd } from '../drivers/ssh/driver.ts'
import type { HubEnv } from '../env.ts'

const LOOK_EVERY_MS = 500

/** What the engine's parts may ask of the hub's sshd, whichever process listens just now. */
export type TunnelServer = Pick<
  Sshd,
  'user' | 'hostKey' | 'sessions' | 'endSession' | 'endSessionsOf' | 'endOlderSessionsOf'
>

export interface OwnedTunnelServer extends TunnelServer, AsyncDisposable {
  /** Ends the listener and every session. Disposing alone only stops looking after it: tunnels go on. */
  stop(): Promise<void>
}

/**
 * The hub's sshd, on the ledger like everything else; one that still runs is adopted with its sessions. A listener that
 * dies is started again: living sessions do without it, but nobody new could dial in.
 * @throws ProblemError when it cannot start the first time
 */
export async function startTunnelServer(
  { prisma, env, log }: { prisma: PrismaClient; env: HubEnv; log: Logger },
  runAs: RunAs | null,
): Promise<OwnedTunnelServer> {
  const begin = async () => {
    for (const row of await openResources(prisma, { kind: 'sshd' })) await markReleased(prisma, row.id)
    const row = await intend(prisma, 'sshd', `${env.ssh.host}:${env.ssh.port}`, null)
    if (!row) throw new Error('sshd is on the ledger twice')
    const sshd = await startSshd({ dir: env.paths.ssh, host: env.ssh.host, port: env.ssh.port, runAs, mark: row.id })
    await markLive(prisma, row.id, sshd.identity)
    return { sshd, rowId: row.id }
  }
  let current = await begin()
  const ending = new AbortController()

  const lookAfter = async () => {
    let said = ''
    while (
      await sleep(LOOK_EVERY_MS, ending.signal).then(
        () => true,
        () => false,
      )
    ) {
      if (await current.sshd.isAlive()) continue
      try {
        const { pid } = current.sshd.identity
        current = await begin()
        log.warn({ pid, now: current.sshd.identity.pid }, 'sshd had ended and was started again; tunnels were kept')
        said = ''
      } catch (err) {
        const words = err instanceof Error ? err.message : String(err)
        if (words !== said) log.error({ err }, 'sshd has ended and does not start again; trying on')
        said = words
      }
    }
  }
  const looking = lookAfter()
  const letGo = async () => {
    ending.abort()
    await looking
  }
  return {
    user: current.sshd.user,
    hostKey: current.sshd.hostKey,
    sessions: () => current.sshd.sessions(),
    endSession: (session) => current.sshd.endSession(session),
    endSessionsOf: (fingerprint) => current.sshd.endSessionsOf(fingerprint),
    endOlderSessionsOf: (fingerprint) => current.sshd.endOlderSessionsOf(fingerprint),
    stop: async () => {
      await letGo()
      await current.sshd.stop()
      await markReleased(prisma, current.rowId)
    },
    [Symbol.asyncDispose]: letGo,
  }
}
