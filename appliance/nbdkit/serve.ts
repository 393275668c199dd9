import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { toolEnv, toolReport } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'
import { exists } from '../files.ts'
import { type NbdkitOptions, nbdkitArgs, pidFileName, socketName, socketUrl } from './args.ts'

export interface ServedDisk extends AsyncDisposable {
  pid: number
  /** Relative to the working directory it was started with. */
  url: string
  /** How it ended, null while it serves. */
  ended(): ToolReport | null
  /** Resolves when it ends, for whatever reason. */
  exited: Promise<ToolReport>
}

export interface ServeOptions extends NbdkitOptions {
  /** Working directory: the job's. Whoever opens the URL must stand there too. */
  cwd: string
  mark: string
  /** What is served, for people: `disk 2000 of pgtest1`. */
  what: string
}

const READY_DEADLINE_MS = 20_000

/**
 * Serves one disk by a process of its own until disposed.
 * @throws ProblemError source_missing | tool_missing with nbdkit's words when it does not come up
 */
export async function serveDisk(options: ServeOptions): Promise<ServedDisk> {
  const { cwd, name, what } = options
  const files = [socketName(name), pidFileName(name)].map((file) => path.join(cwd, file))
  await Promise.all(files.map((file) => rm(file, { force: true })))

  const args = nbdkitArgs(options)
  const child = spawn('nbdkit', args, {
    cwd,
    env: toolEnv({ [MARK_VARIABLE]: options.mark }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stderr = new LineTail()
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  let report: ToolReport | null = null
  let notFound = false
  const exited = new Promise<ToolReport>((resolve) => {
    const end = (exitCode: number | null, signal: string | null) => {
      report ??= toolReport('nbdkit', args, { exitCode, signal }, stderr.lines())
      resolve(report)
    }
    child.once('error', (error) => {
      notFound = (error as NodeJS.ErrnoException).code === 'ENOENT'
      stderr.push(`${error.message}\n`)
      end(null, null)
    })
    child.once('close', end)
  })
  const stop = async () => {
    if (child.pid !== undefined && report === null) {
      child.kill('SIGTERM')
      // A server that waits for a slow source does not hear SIGTERM; it only reads, so nothing is lost.
      const forced = setTimeout(() => child.kill('SIGKILL'), 500)
      await exited
      clearTimeout(forced)
    }
    await Promise.all(files.map((file) => rm(file, { force: true })))
  }

  const pidFile = path.join(cwd, pidFileName(name))
  const ready = await waitFor(async () => report !== null || (await exists(pidFile)), {
    deadlineMs: READY_DEADLINE_MS,
    everyMs: 2,
  })
  if (ready && report === null && child.pid !== undefined)
    return { pid: child.pid, url: socketUrl(name), ended: () => report, exited, [Symbol.asyncDispose]: stop }

  await stop()
  const tool = await exited
  throw new ProblemError({
    code: notFound ? 'tool_missing' : 'source_missing',
    happened: notFound
      ? 'nbdkit, which reads source disks, is not installed on the appliance.'
      : `${capital(what)} cannot be opened: ${tool.stderr.at(-1) ?? 'nbdkit gave no reason'}`,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: notFound
      ? 'Install the package nbdkit on the appliance and start the backup again.'
      : 'Check that the disk still exists and that the appliance may read it, then start the backup again.',
    tool,
  })
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
