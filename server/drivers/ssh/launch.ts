import { access, constants } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { toolEnv, toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { listeners, socketsOf } from '../port/sockets.ts'
import { sshFiles } from './config.ts'
import type { SshdOptions } from './options.ts'

export type SshdExit = Daemon['exited']

/** Starts the listener and waits until it is this very process that listens and greets. */
export async function launch(options: SshdOptions): Promise<{ identity: ProcessIdentity; exited: SshdExit }> {
  const { dir, host, port, runAs } = options
  const files = sshFiles(dir)
  const args = ['-D', '-f', files.config, '-E', files.log]
  const as = runAs ? { uid: runAs.uid, gid: runAs.gid } : {}
  // What it says before it opens its log goes to the same file.
  const daemon = await startDaemon(await sshdPath(), args, { logFile: files.log, mark: options.mark, cwd: dir, ...as })
  const ready = await waitFor(async () => (await serves(daemon, host, port)) || !(await isAlive(daemon)), {
    deadlineMs: options.deadlineMs ?? 10_000,
  })
  if (ready && (await isAlive(daemon)))
    return { identity: { pid: daemon.pid, start: daemon.start }, exited: daemon.exited }
  await stopProcess(daemon, 1000)
  const lines = (await tailFile(files.log)).slice(-10)
  const busy = lines.some((line) => /Address already in use/.test(line))
  throw new ProblemError({
    code: busy ? 'no_free_port' : 'unavailable',
    happened: busy
      ? `The hub's SSH server cannot listen on ${host}:${port}: something else has that port.`
      : `The hub's SSH server did not start: ${lines.at(-1)?.trim() ?? 'it said nothing'}`,
    safe: 'Backups that are complete are not affected; appliances cannot connect.',
    remedy: busy ? 'End what listens there, or set SENDENSE_SSH_PORT.' : `Its log is ${files.log}.`,
    tool: toolReport('sshd', args, await daemon.exited, lines),
  })
}

/** True when exactly this process has the port and greets as an SSH server. */
export async function serves(identity: ProcessIdentity, host: string, port: number): Promise<boolean> {
  const held = await socketsOf(identity.pid)
  const listening = (await listeners()).some(({ local, inode }) => local.port === port && held.has(inode))
  return listening && (await isAlive(identity)) && (await greets(host, port))
}

/** Reads the first bytes the server sends (RFC 4253, 4.2). */
function greets(host: string, port: number): Promise<boolean> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 2000 })
    const answer = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('SSH-2.0-')))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
    socket.once('close', () => answer(false))
  })
}

/** sshd starts itself again for each connection, for which it must be called by its whole path. */
async function sshdPath(): Promise<string> {
  for (const directory of (toolEnv().PATH ?? '').split(':')) {
    const file = path.resolve(directory, 'sshd')
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found && directory !== '') return file
  }
  throw new ProblemError({
    code: 'tool_missing',
    happened: 'sshd is not installed on the hub.',
    safe: 'Backups that are complete are not affected.',
    remedy: 'Install the package openssh-server (its own service may stay off).',
  })
}
