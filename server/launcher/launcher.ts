import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { runMigrations } from 'graphile-worker'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { tailFile } from '#lib/process/tail.ts'
import { migrate } from '../db/migrate.ts'
import { childEnv } from './child-env.ts'
import { followLog } from './follow-log.ts'
import { lockHome } from './lock.ts'
import { rotateLog } from './log-file.ts'
import type { LauncherOptions } from './options.ts'
import { PostgresKeeper } from './postgres/keeper.ts'
import { ensureDirectory } from './postgres/owner.ts'
import { Program } from './program.ts'
import { endLeftOver } from './program-record.ts'
import { engineIsReady, webIsReady } from './ready.ts'
import { assertBuilt, assertPortFree, webArgs } from './web.ts'

const ENGINE_GRACE_MS = 20_000
/** Open event streams keep a web server from ending; it holds no job state, so it need not be waited for. */
const WEB_GRACE_MS = 4000

export interface Launcher extends AsyncDisposable {
  home: string
  url: string
  databaseUrl: string
  /** pid of the embedded PostgreSQL; null when it is an external one. */
  readonly postgresPid: number | null
  /** null between an end and the next start. */
  readonly enginePid: number | null
  readonly webPid: number | null
}

/** The home and what lies in it, see `hubPaths`: passable, because PostgreSQL and sshd may run as other users. */
async function makeHome(home: string, closed: readonly string[]): Promise<void> {
  await ensureDirectory(home, 0o711)
  for (const directory of closed) await mkdir(directory, { recursive: true, mode: 0o700 })
}

async function untilReady(options: LauncherOptions, databaseUrl: string, logs: string): Promise<void> {
  const withWeb = options.web !== false
  const own = withWeb ? () => webIsReady(options.env) : () => engineIsReady(options.env, databaseUrl)
  const isReady = options.isReady ? () => options.isReady?.(databaseUrl) : own
  const ready = await waitFor(isReady, {
    deadlineMs: options.readyDeadlineMs ?? 120_000,
    everyMs: 50,
    signal: options.signal,
  })
  if (ready) return
  const engine = await tailFile(path.join(logs, 'engine.log'), 5)
  const web = withWeb ? await tailFile(path.join(logs, 'web.log'), 5) : []
  throw new ProblemError({
    code: 'unavailable',
    happened: 'The hub did not come up in time.',
    safe: 'What was started is ended again; data is untouched.',
    remedy: `Read the logs in ${logs}.`,
    tool: { command: 'launcher', exitCode: null, signal: null, stderr: [...engine, ...web] },
  })
}

/**
 * Starts the hub: PostgreSQL (or the one of DATABASE_URL), migrations, then engine and web side by side. Resolves when
 * the hub answers. Disposing it ends web and engine, then PostgreSQL.
 * @throws ProblemError in words for the person who started it; everything begun is ended again
 */
export async function startLauncher(options: LauncherOptions): Promise<Launcher> {
  const { env } = options
  const say = options.say ?? (() => undefined)
  const root = options.root ?? path.resolve(import.meta.dirname, '../..')
  const dev = options.dev === true
  const recordDir = path.join(env.home, 'launcher')
  const log = (name: string) => path.join(env.paths.log, `${name}.log`)

  await using stack = new AsyncDisposableStack()
  if (options.web !== false && !dev) await assertBuilt(root)
  await makeHome(env.home, [env.paths.log, env.paths.secrets, recordDir])
  stack.use(await lockHome(env.home, path.join(recordDir, 'lock')))
  // Before anything of ours starts: an old web would still hold the port, an old engine the jobs.
  const left = await Promise.all([
    endLeftOver(recordDir, 'engine', ENGINE_GRACE_MS),
    endLeftOver(recordDir, 'web', WEB_GRACE_MS),
  ])
  for (const pid of left) if (pid !== null) say(`Ended what an earlier launcher had left running (pid ${pid}).`)
  if (options.web !== false) await assertPortFree(env.http.host, env.http.port)

  await rotateLog(log('postgres'))
  const postgres = env.databaseUrl
    ? null
    : await PostgresKeeper.start({
        directory: env.paths.postgres,
        logFile: log('postgres'),
        say,
        binaries: options.binaries,
      })
  if (postgres) stack.use(postgres)
  const databaseUrl = env.databaseUrl ?? postgres?.url ?? ''
  for (const name of await migrate(databaseUrl, path.join(root, 'prisma', 'migrations')))
    say(`Database brought up to date: ${name}`)
  // The queue's own tables: the web may ask before the engine has ever run.
  await runMigrations({ connectionString: databaseUrl })

  if (options.verbose) {
    const stop = new AbortController()
    const names = ['postgres', 'engine', ...(options.web === false ? [] : ['web'])]
    const following = names.map((name) => followLog(log(name), (line) => say(`${name} | ${line}`), stop.signal))
    stack.defer(async () => {
      stop.abort()
      await Promise.all(following)
    })
  }

  const variables = childEnv(env, databaseUrl, options.source ?? {})
  const common = { command: process.execPath, cwd: root, recordDir, say }
  const start = (name: string, args: string[], graceMs: number, more: Record<string, string>) =>
    Program.start({ ...common, name, args, graceMs, env: { ...variables, ...more }, logFile: log(name) })
  // Ended side by side, before PostgreSQL: disposal goes backwards, so they share one entry.
  const programs: Program[] = []
  stack.defer(async () => {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))
  })
  const engineEntry = options.engineEntry ?? path.join(root, 'server', 'engine', 'main.ts')
  const engine = await start('engine', [engineEntry], ENGINE_GRACE_MS, {})
  programs.push(engine)
  const web =
    options.web === false
      ? null
      : await start('web', webArgs(root, env.http, dev), WEB_GRACE_MS, {
          NODE_ENV: dev ? 'development' : 'production',
        })
  if (web) programs.push(web)
  await untilReady(options, databaseUrl, env.paths.log)

  const owned = stack.move()
  return {
    home: env.home,
    url: env.url,
    databaseUrl,
    get postgresPid() {
      return postgres?.identity.pid ?? null
    },
    get enginePid() {
      return engine.pid
    },
    get webPid() {
      return web?.pid ?? null
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
