import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { type RunResult, run } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import type { RunAs, Sshd } from '../ssh/driver.ts'

/**
 * sshd is never root. As root the tests lend it the user "daemon", which every Debian has (not "nobody": nss-systemd calls
 * that account locked, and sshd refuses locked ones). As an ordinary user it runs as ourselves.
 */
export async function testRunAs(): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, 'daemon'])).stdout)
  return { user: 'daemon', uid: await id('-u'), gid: await id('-g') }
}

export interface TestKey {
  file: string
  publicKey: string
}

export async function makeKey(directory: string, name: string): Promise<TestKey> {
  const file = path.join(directory, name)
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
  return { file, publicKey: await readFile(`${file}.pub`, 'utf8') }
}

/** What a client must know of a server. */
export type SshTarget = Pick<Sshd, 'host' | 'port' | 'user' | 'hostKey'>

/** Options of a client that trusts exactly this server and offers exactly this key. */
export async function clientOptions(sshd: SshTarget, key: TestKey): Promise<string[]> {
  const knownHosts = `${key.file}.known`
  await writeFile(knownHosts, `[${sshd.host}]:${sshd.port} ${sshd.hostKey}\n`)
  const options = [
    `UserKnownHostsFile="${knownHosts}"`,
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'ExitOnForwardFailure=yes',
    'ServerAliveInterval=5',
    'ConnectTimeout=5',
  ]
  return ['-F', 'none', '-i', key.file, '-p', `${sshd.port}`, '-l', sshd.user, ...options.flatMap((o) => ['-o', o])]
}

/** Runs a client that should end by itself. */
export async function ssh(
  sshd: SshTarget,
  key: TestKey,
  args: string[],
  more: string[] = [],
  input?: string,
): Promise<RunResult> {
  const options = await clientOptions(sshd, key)
  return run('ssh', [...options, ...args, sshd.host, ...more], { timeoutMs: 5000, input })
}

export interface TestTunnel extends AsyncDisposable {
  process: Daemon
  isAlive(): Promise<boolean>
}

/** A client that stays; ready when it said so ("Entering interactive session" comes after every forward was granted). */
export async function openTunnel(sshd: SshTarget, key: TestKey, forwards: string[]): Promise<TestTunnel> {
  const logFile = `${key.file}.log`
  await writeFile(logFile, '')
  const args = [...(await clientOptions(sshd, key)), '-v', '-N', '-T', ...forwards, sshd.host]
  const client = await startDaemon('ssh', args, { logFile, mark: 'test-tunnel' })
  const log = async () => (await tailFile(logFile)).join('\n')
  const wanted = forwards.filter((word) => word === '-R').length
  const ready = await waitFor(
    async () => {
      const text = await log()
      const granted = text.match(/remote forward success/g)?.length ?? 0
      return (text.includes('Entering interactive session') && granted >= wanted) || !(await isAlive(client))
    },
    { deadlineMs: 10_000 },
  )
  if (!ready || !(await isAlive(client))) {
    await stopProcess(client, 1000)
    throw new Error(`the tunnel did not come up: ${await log()}`)
  }
  return {
    process: client,
    isAlive: () => isAlive(client),
    async [Symbol.asyncDispose]() {
      await stopProcess(client, 1000)
    },
  }
}

export interface EchoServer extends AsyncDisposable {
  port: number
  server: Server
  /** Connections it ever saw. */
  seen: () => number
}

/** Sends back what it gets. */
export async function echoServer(): Promise<EchoServer> {
  let seen = 0
  const server = createServer((socket) => {
    seen++
    socket.on('error', () => undefined).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    server,
    seen: () => seen,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
