import { rm } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { currentUser, type SystemUser } from '#lib/host/system-user.ts'
import { signalProcess, startDaemon } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { tailFile } from '#lib/process/tail.ts'
import { type PostgresBinaries, postgresBinaries } from './binaries.ts'
import { ensureCluster, writeAccess } from './cluster.ts'
import { DATABASE, databaseUrl, postgresArgs, ROLE } from './config.ts'
import { as, assertReachable, databaseOwner, ensureDirectory } from './owner.ts'
import { livingPostmaster, postgresProcesses, readPostmasterPid } from './postmaster-pid.ts'
import { ensureSocketDir } from './socket-dir.ts'

/** Crash recovery after a power cut replays the log first; a minute is much for our few gigabytes. */
const START_DEADLINE_MS = 120_000

export interface EmbeddedPostgresOptions {
  /** `<home>/postgres`: data, binaries and socket go below. Its parent exists. */
  directory: string
  /** stderr of PostgreSQL is appended here. */
  logFile: string
  /** Told in one line what was done. */
  say?: (line: string) => void
  /** Replaces the search for the platform package (tests). */
  binaries?: (directory: string) => Promise<PostgresBinaries>
}

export interface EmbeddedPostgres {
  identity: ProcessIdentity
  /** False when a PostgreSQL that already ran here was adopted. */
  started: boolean
  connection: { host: string; user: string; database: string }
  url: string
}

const running = (identity: ProcessIdentity, started: boolean, socketDir: string): EmbeddedPostgres => ({
  identity,
  started,
  connection: { host: socketDir, user: ROLE, database: DATABASE },
  url: databaseUrl(socketDir),
})

async function failedStart(logFile: string, happened: string): Promise<never> {
  throw new ProblemError({
    code: 'unavailable',
    happened,
    safe: 'Backups and the data directory were not changed.',
    remedy: `Read ${logFile}. Most often a disk is full or a file has the wrong owner.`,
    tool: { command: 'postgres', exitCode: null, signal: null, stderr: await tailFile(logFile, 20) },
  })
}

/** Waits until PostgreSQL takes connections: it says so itself in postmaster.pid, which is what pg_ctl waits for. */
async function untilReady(dataDir: string, identity: ProcessIdentity, logFile: string): Promise<void> {
  const outcome = await waitFor(
    async () => {
      const file = await readPostmasterPid(dataDir)
      if (file?.pid === identity.pid && file.status === 'ready') return 'ready'
      return (await isAlive(identity)) ? null : 'ended'
    },
    { deadlineMs: START_DEADLINE_MS, everyMs: 20 },
  )
  if (outcome === 'ready') return
  if (outcome === null) await signalProcess(identity, 'SIGINT', false)
  await failedStart(
    logFile,
    outcome ? 'PostgreSQL ended while it started.' : 'PostgreSQL did not become ready in time.',
  )
}

/**
 * A postmaster that died takes its children with it, within moments; only then may its pid file go.
 * Removing it earlier would take away what keeps two PostgreSQLs off one directory.
 */
async function clearStalePid(dataDir: string, logFile: string): Promise<void> {
  const gone = async () => (await postgresProcesses(dataDir)).length === 0
  if (!(await waitFor(gone, { deadlineMs: 15_000, everyMs: 50 })))
    await failedStart(logFile, `Processes of an earlier PostgreSQL still work in ${dataDir}.`)
  await rm(path.join(dataDir, 'postmaster.pid'), { force: true })
}

async function prepare(options: EmbeddedPostgresOptions, owner: SystemUser): Promise<PostgresBinaries> {
  await ensureDirectory(options.directory, 0o711)
  await assertReachable(options.directory, owner)
  return (options.binaries ?? postgresBinaries)(options.directory)
}

/**
 * Adopts the PostgreSQL that runs on this directory, or starts one in a session of its own: it outlives the launcher.
 * @throws ProblemError with the last lines of its log when it does not come up
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const say = options.say ?? (() => undefined)
  const dataDir = path.join(options.directory, 'data')
  const living = await livingPostmaster(dataDir)
  if (living) {
    await untilReady(dataDir, living.identity, options.logFile)
    return running(living.identity, false, living.file.socketDir)
  }
  const owner = await databaseOwner(say)
  const binaries = await prepare(options, owner)
  if (await ensureCluster(binaries, dataDir, owner)) say(`Made a new database in ${dataDir}.`)
  await clearStalePid(dataDir, options.logFile)
  await writeAccess(dataDir, owner, await currentUser())
  const socketDir = await ensureSocketDir(path.join(options.directory, 'socket'), owner)
  const daemon = await startDaemon(binaries.postgres, postgresArgs(dataDir, socketDir), {
    ...as(owner),
    logFile: options.logFile,
    mark: 'launcher:postgres',
    cwd: dataDir,
  })
  await untilReady(dataDir, daemon, options.logFile)
  return running({ pid: daemon.pid, start: daemon.start }, true, socketDir)
}

/**
 * Fast shutdown (clients are disconnected, everything is written), then the hard one after `graceMs`.
 * Returns when the postmaster is gone.
 */
export async function stopPostgres(
  identity: ProcessIdentity,
  graceMs = 30_000,
): Promise<'fast' | 'immediate' | 'gone'> {
  const gone = async () => !(await isAlive(identity))
  if (!(await signalProcess(identity, 'SIGINT', false))) return 'gone'
  if (await waitFor(gone, { deadlineMs: graceMs, everyMs: 10 })) return 'fast'
  // Immediate: as after a crash the log is replayed at the next start, nothing committed is lost.
  await signalProcess(identity, 'SIGQUIT', false)
  if (await waitFor(gone, { deadlineMs: 10_000, everyMs: 10 })) return 'immediate'
  throw new ProblemError({
    code: 'internal',
    happened: `PostgreSQL (pid ${identity.pid}) did not end within ${graceMs / 1000 + 10} s.`,
    remedy: `See what it waits for: cat /proc/${identity.pid}/stack. It can be ended by: kill -QUIT ${identity.pid}`,
  })
}
