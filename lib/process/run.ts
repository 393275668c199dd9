import { execa } from 'execa'
import { type ProblemCode, ProblemError, type ToolReport } from '#contracts/problem.ts'

export interface RunResult {
  ok: boolean
  exitCode: number | null
  signal: string | null
  stdout: string
  stderr: string
  /** The program was not there at all. */
  notFound: boolean
  timedOut: boolean
  report: ToolReport
}

export interface RunOptions {
  cwd?: string
  /** Added to a minimal environment (PATH, LANG=C). */
  env?: Record<string, string>
  input?: string
  /** Bytes of stdout kept; more is an error. Default 64 MiB. */
  maxStdoutBytes?: number
  /** Milliseconds until the program is ended. Default 60 s. */
  timeoutMs?: number
  signal?: AbortSignal
  uid?: number
  gid?: number
}

/** The environment of every tool: no secrets, no locale surprises in what is parsed. */
export function toolEnv(extra: Record<string, string> = {}): Record<string, string> & NodeJS.ProcessEnv {
  const path = process.env.PATH ?? '/usr/bin:/bin'
  const env: Record<string, string> = { PATH: `${path}:/usr/sbin:/sbin`, LANG: 'C', LC_ALL: 'C', ...extra }
  // Next declares NODE_ENV as a must of every ProcessEnv; tools have no use for it.
  return env as Record<string, string> & NodeJS.ProcessEnv
}

/** A tool's end in the form that reaches people. */
export function toolReport(
  command: string,
  args: readonly string[],
  end: { exitCode?: number | null; signal?: string | null },
  stderr: readonly string[],
): ToolReport {
  return {
    command: [command, ...args].join(' ').slice(0, 500),
    exitCode: end.exitCode ?? null,
    signal: end.signal ?? null,
    stderr: stderr.slice(-50).map((line) => line.slice(0, 2000)),
  }
}

/**
 * Runs a finite tool without a shell and waits for it: own process group, bounded output, SIGTERM then SIGKILL on timeout or abort.
 * Never throws for what the tool did: look at `ok`. Throws the signal's reason when aborted.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await execa(command, args, {
    cwd: options.cwd,
    env: toolEnv(options.env),
    extendEnv: false,
    input: options.input,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    maxBuffer: { stdout: options.maxStdoutBytes ?? 64 * 1024 * 1024, stderr: 1024 * 1024 },
    timeout: options.timeoutMs ?? 60_000,
    cancelSignal: options.signal,
    forceKillAfterDelay: 2000,
    uid: options.uid,
    gid: options.gid,
    reject: false,
  })
  options.signal?.throwIfAborted()
  const exitCode = result.exitCode ?? null
  const signal = result.signal ?? null
  const stdout = result.stdout ?? ''
  const stderr = result.stderr ?? ''
  const notFound = (result as { code?: string }).code === 'ENOENT'
  const lines = stderr.split('\n').filter((line) => line !== '')
  if (notFound) lines.push(`${command}: not found in PATH`)
  if (result.timedOut) lines.push(`${command}: ended after ${options.timeoutMs ?? 60_000} ms without an answer`)
  return {
    ok: !result.failed,
    exitCode,
    signal,
    stdout,
    stderr,
    notFound,
    timedOut: result.timedOut === true,
    report: toolReport(command, args, { exitCode, signal }, lines),
  }
}

/**
 * {@link run}, but an end other than exit status 0 is a {@link ProblemError} with the tool's own words.
 * @param words what was being done, e.g. "The image could not be made"
 */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  problem: { code: ProblemCode; happened: string; safe?: string; remedy?: string },
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await run(command, args, options)
  if (result.ok) return result
  if (result.notFound)
    throw new ProblemError({
      code: 'tool_missing',
      happened: `${problem.happened}: ${command} is not installed.`,
      remedy: `Install the package that has ${command} (see docs: packages) and try again.`,
      tool: result.report,
    })
  const last = result.report.stderr.at(-1)
  throw new ProblemError({
    ...problem,
    happened: last ? `${problem.happened}: ${last}` : problem.happened,
    tool: result.report,
  })
}
