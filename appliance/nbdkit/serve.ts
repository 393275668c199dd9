import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import { shared } from '#lib/async/shared.ts'
import { waitFor } from '#lib/async/wait.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { run, toolEnv, toolReport } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'
import { exists } from '../files.ts'
import type { DiskAccess } from './access.ts'
import { type NbdkitOptions, nbdkitArgs, pidFileName, socketName, socketUrl } from './args.ts'
import { confinement, qemuNbdArgs } from './qemu-args.ts'

export interface ServedDisk extends AsyncDisposable {
  pid: number
  /** Relative to the working directory it was started with. */
  url: string
  /** How it ended, null while it serves. */
  ended(): ToolReport | null
  /** Resolves when it ends, for whatever reason. */
  exited: Promise<ToolReport>
}

export interface ServeOptions extends Omit<NbdkitOptions, 'access'> {
  access: DiskAccess
  /** Working directory: the job's. Whoever opens the URL must stand there too. */
  cwd: string
  mark: string
  /** What is served, for people: `disk 2000 of pgtest1`. */
  what: string
}

const READY_DEADLINE_MS = 20_000

const PACKAGES: Readonly<Record<string, string>> = { 'qemu-nbd': 'qemu-utils', setpriv: 'util-linux' }

interface Program {
  /** What serves: `nbdkit` or `qemu-nbd`. */
  name: string
  /** What is started, and becomes it in the same process. */
  command: string
  args: string[]
}

/** Whether the kernel lets this process drop powers; asked once. */
const mayDrop = shared(
  async () => (await run('setpriv', [...confinement(true), 'true'], { timeoutMs: 5000 })).ok,
  3_600_000,
)

async function programFor(options: ServeOptions): Promise<Program> {
  const { access, name } = options
  if (access.plugin !== 'qemu') return { name: 'nbdkit', command: 'nbdkit', args: nbdkitArgs({ ...options, access }) }
  const asRoot = process.getuid?.() === 0
  const confined = confinement(asRoot, asRoot && !(await mayDrop()))
  const args = [...confined, 'qemu-nbd', ...qemuNbdArgs(access, socketName(name), pidFileName(name))]
  return { name: 'qemu-nbd', command: 'setpriv', args }
}

/**
 * Serves one disk by a process of its own until disposed: raw files and addresses by nbdkit, everything else by a confined qemu-nbd.
 * @throws ProblemError source_missing | tool_missing with the program's words when it does not come up
 */
export async function serveDisk(options: ServeOptions): Promise<ServedDisk> {
  const { cwd, name, what } = options
  const files = [socketName(name), pidFileName(name)].map((file) => path.join(cwd, file))
  await Promise.all(files.map((file) => rm(file, { force: true })))

  const { name: program, command, args } = await programFor(options)
  const child = spawn(command, args, {
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
      report ??= toolReport(
        program,
        program === command ? args : args.slice(args.indexOf(program) + 1),
        { exitCode, signal },
        stderr.lines(),
      )
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
  // setpriv says by 127 that it found no program.
  const missing = notFound ? command : tool.exitCode === 127 ? program : null
  throw new ProblemError({
    code: missing ? 'tool_missing' : 'source_missing',
    happened: missing
      ? `${missing}, which source disks are read by, is not installed on the appliance.`
      : `${capital(what)} cannot be opened: ${tool.stderr.at(-1) ?? `${program} gave no reason`}`,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: missing
      ? `Install the package ${PACKAGES[missing] ?? missing} on the appliance and start the backup again.`
      : 'Check that the disk still exists and that the appliance may read it, then start the backup again.',
    tool,
  })
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
