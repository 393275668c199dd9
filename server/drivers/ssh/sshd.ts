import { userInfo } from 'node:os'
import { Mutex } from '#lib/async/mutex.ts'
import { waitFor } from '#lib/async/wait.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { listeners, socketsOf } from '../port/sockets.ts'
import { sshFiles } from './config.ts'
import { ensureHostKey, ensureLog, writeConfig } from './files.ts'
import { launch, type SshdExit, serves } from './launch.ts'
import { LoginLog } from './login-log.ts'
import type { SshdOptions } from './options.ts'
import { endConnection } from './session-end.ts'
import { findListener, type ServedConnection, servedConnections, startedAt } from './sessions.ts'

/** A login that lives. */
export interface SshSession extends ProcessIdentity {
  /** `ip:port` */
  peer: string
  /** `SHA256:…` of the key it logged in with; `unknown` when the log no longer says (end such a session). */
  fingerprint: string
  since: Date
  /** Ports of the hub's loopback it listens on (`-R`). */
  listenPorts: number[]
}

export interface Sshd {
  identity: ProcessIdentity
  /** It ran already and was taken over, sessions and all. */
  adopted: boolean
  /** How the listener ended; null for an adopted one (poll isAlive). */
  exited: SshdExit | null
  host: string
  port: number
  /** Login name for appliances. */
  user: string
  /** `ssh-ed25519 AAAA…`: what appliances pin. */
  hostKey: string
  isAlive(): Promise<boolean>
  /** Sessions that have logged in, whichever listener accepted them. */
  sessions(): Promise<SshSession[]>
  /** Ends one session and waits until it and its forwards are gone; false when it was gone already. */
  endSession(session: ProcessIdentity): Promise<boolean>
  /**
   * Ends every session of a key and waits until they, their forwards and their `-R` ports are gone. To revoke: write the
   * keys without it first.
   * @returns how many were ended
   */
  endSessionsOf(fingerprint: string): Promise<number>
  /**
   * Ends every session of a key but the newest, and waits until they are gone: their peer has dialled again, and they may
   * not have noticed (packets that vanish are noticed by sshd's own keep-alive only after a time).
   * @returns how many were ended
   */
  endOlderSessionsOf(fingerprint: string): Promise<number>
  /** Ends the listener and every session. */
  stop(): Promise<void>
}

/** LoginGraceTime and some more: after it a connection has logged in or is gone. */
const GRACE_MS = 30_000

/**
 * The hub's own OpenSSH server, never as root, in a session of its own so that tunnels survive the engine. One that runs
 * already with the same settings is adopted; one with other settings is ended first.
 * @throws ProblemError `no_free_port`, `tool_missing`, `unavailable` with sshd's own words
 */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { dir, port, runAs } = options
  if (process.getuid?.() === 0 && (!runAs || runAs.uid === 0)) throw new Error('sshd must not run as root: give runAs')
  const user = runAs?.user ?? userInfo().username
  const hostKey = await ensureHostKey(dir, runAs)
  const changed = await writeConfig({ ...options, user }, runAs)
  await ensureLog(dir, runAs)
  const files = sshFiles(dir)
  const running = await findListener(files.config)
  const adopted = running !== null && !changed && (await serves(running, options.host, port))
  if (running && !adopted) await stopAll(running, options)
  const { identity, exited } = adopted ? { identity: running, exited: null } : await launch(options)

  const log = new LoginLog(files.log, user)
  const mutex = new Mutex()
  const connections = () =>
    mutex.run(async () => {
      const served = await servedConnections(options, identity.pid)
      const logins = await log.read(new Set(served.map(({ peer }) => peer)))
      return served.map((connection) => ({ connection, fingerprint: logins.get(connection.peer) ?? null }))
    })
  const endAll = async (matches: (fingerprint: string | null, connection: ServedConnection) => boolean) => {
    const found = (await connections()).filter(({ connection, fingerprint }) => matches(fingerprint, connection))
    await Promise.all(found.map(({ connection }) => endConnection(connection)))
    return found.length
  }

  return {
    identity,
    adopted,
    exited,
    host: options.host,
    port,
    user,
    hostKey,
    isAlive: () => isAlive(identity),
    async sessions() {
      const listed = (await connections()).map(async ({ connection, fingerprint }) => {
        const since = await startedAt(connection)
        if (fingerprint === null && Date.now() - since.getTime() < GRACE_MS) return []
        const { pid, start, peer, listening } = connection
        const listenPorts = [...new Set(listening.map((socket) => socket.port))]
        return [{ pid, start, peer: peer.replace(' ', ':'), fingerprint: fingerprint ?? 'unknown', since, listenPorts }]
      })
      return (await Promise.all(listed)).flat()
    },
    endSession: async ({ pid, start }) => (await endAll((_, c) => c.pid === pid && c.start === start)) > 0,
    async endSessionsOf(fingerprint) {
      let ended = await endAll((found) => found === fingerprint)
      // A login that read the old keys just before they were replaced has no name yet: wait until each has one.
      const unnamed = async () => (await connections()).some((entry) => entry.fingerprint === null)
      await waitFor(async () => !(await unnamed()), { deadlineMs: 500, everyMs: 20 })
      ended += await endAll((found) => found === fingerprint)
      return ended
    },
    async endOlderSessionsOf(fingerprint) {
      const own = (await connections()).filter((entry) => entry.fingerprint === fingerprint)
      const dated = await Promise.all(
        own.map(async ({ connection }) => ({ connection, since: (await startedAt(connection)).getTime() })),
      )
      const older = dated.toSorted((a, b) => b.since - a.since).slice(1)
      await Promise.all(older.map(({ connection }) => endConnection(connection)))
      return older.length
    },
    stop: () => stopAll(identity, options),
  }
}

/** Also sessions at addresses that it had by earlier settings: asked of its sockets before it ends. */
async function stopAll(listener: ProcessIdentity, configured: { host: string; port: number }): Promise<void> {
  const held = await socketsOf(listener.pid)
  const actual = (await listeners()).filter(({ inode }) => held.has(inode)).map(({ local }) => local)
  await stopProcess(listener, 5000)
  for (const address of [configured, ...actual])
    await Promise.all((await servedConnections(address, listener.pid)).map(endConnection))
}
