import { mkdir } from 'node:fs/promises'
import type { Logger } from 'pino'
import { shared } from '#lib/async/shared.ts'
import { ensureSystemUser } from '#lib/host/system-user.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { openDatabase } from '../db/client.ts'
import { pruneCommands } from '../db/commands.ts'
import { lockEngine } from '../db/engine-lock.ts'
import { appendEvent } from '../db/events.ts'
import { DatabaseListener } from '../db/listen.ts'
import { patient } from '../db/patience.ts'
import { readThresholds } from '../db/thresholds.ts'
import { ExportTraffic } from '../drivers/nbd/traffic.ts'
import type { HubEnv } from '../env.ts'
import { cleanApplianceJobs, reconcile } from '../jobs/reconcile.ts'
import { JobRunner } from '../jobs/runner.ts'
import { ApplianceSessions } from './appliance-sessions.ts'
import { Catalogue } from './catalogue.ts'
import { Checks } from './checks.ts'
import type { EngineContext } from './context.ts'
import { Exports } from './exports.ts'
import { Housekeeping } from './housekeeping.ts'
import { refreshInventory } from './inventory.ts'
import { KeyFile } from './key-file.ts'
import { Limits } from './limits.ts'
import { parking } from './park.ts'
import { startQueue } from './queue.ts'
import { startTunnelServer } from './tunnel-server.ts'
import { endStaleControl } from './tunnels.ts'
import { watchLive } from './watch-live.ts'

/** A job looks once a second; jobs look at different moments of it. */
const TRAFFIC_MS = 900
const THRESHOLDS_MS = 5000

async function ownDirectories(env: HubEnv): Promise<void> {
  await mkdir(env.home, { recursive: true, mode: 0o711 })
  for (const dir of [env.paths.secrets, env.paths.exports, env.paths.log])
    await mkdir(dir, { recursive: true, mode: 0o700 })
}

/**
 * The engine: the only owner of child processes, tunnels, timers. Disposing hands running backups over, waits for them, or
 * cancels them (`env.drain`), and ends everything else.
 * @param onTaken  another engine owns the hub now (this one had lost the database): stop at once, touch nothing
 * @throws Error when the database is out of reach or another engine runs
 */
export async function startEngine(env: HubEnv, log: Logger, onTaken: () => void): Promise<AsyncDisposable> {
  const url = env.databaseUrl
  if (url === null) throw new Error('DATABASE_URL is not set: start the hub by its launcher (npm start).')
  await using stack = new AsyncDisposableStack()
  await ownDirectories(env)
  stack.use(await lockEngine(url, { onTaken }))
  const hurry = new AbortController()
  const prisma = patient(openDatabase(url), {
    signal: hurry.signal,
    tell: (state, err) =>
      log.warn({ err }, `the database is ${state === 'away' ? 'out of reach; the engine waits for it' : 'back'}`),
  })
  stack.defer(() => prisma.$disconnect())
  const listener = stack.use(new DatabaseListener(url, ['sendense_cancel', 'sendense_limit']))
  await listener.start()
  const runAs = process.getuid?.() === 0 ? await ensureSystemUser('sendense-tunnel') : null
  const keys = new KeyFile(prisma, env.paths.ssh, runAs)
  await keys.apply()
  const sshd = stack.use(await startTunnelServer({ prisma, env, log }, runAs))
  const handedOver = new Set<string>()
  // Backups that the next start takes up go on meanwhile: through this sshd, into their exports.
  stack.defer(async () => {
    if (handedOver.size === 0) await sshd.stop()
  })
  const exports = new Exports(prisma, env)
  const sessions = stack.use(new ApplianceSessions(prisma, env))
  const traffic = stack.use(new ExportTraffic(env.exportPorts))
  const ctx: EngineContext = {
    ...{ env, prisma, listener, log, sshd, keys, exports, sessions, park: parking(env) },
    traffic: shared(() => traffic.read(), TRAFFIC_MS),
    thresholds: shared(() => readThresholds(prisma), THRESHOLDS_MS),
  }
  stack.defer(async () => {
    for (const { row } of await exports.list())
      if (row.jobId === null || !handedOver.has(row.jobId)) await exports.stop(row)
  })
  const checks = stack.use(new Checks(ctx))
  await checks.recover()
  const limits = stack.use(new Limits(ctx))
  sessions.onOnline = (applianceId) => {
    limits.tell(applianceId)
    const warn = (err: unknown) => log.warn({ err, applianceId }, 'after the appliance came online')
    void refreshInventory(ctx, applianceId, false).catch(warn)
    void cleanApplianceJobs(ctx, applianceId).catch(warn)
    void checks.whenNew(applianceId).catch(warn)
  }
  sessions.onLost = (applianceId, heardAt) => {
    const warn = (err: unknown) => log.warn({ err, applianceId }, 'ending the stale control session')
    void endStaleControl(ctx, applianceId, heardAt).catch(warn)
  }
  const identity = await processIdentity(process.pid)
  const owner = `engine-${process.pid}-${identity?.start.split(':').at(-1)}`
  await sessions.sync()
  const left = await reconcile(ctx, owner)
  await pruneCommands(prisma, new Date(Date.now() - 3_600_000))
  const runner = new JobRunner(ctx, owner)
  const housekeeping = new Housekeeping(ctx, () => [...runner.running, ...checks.running])
  await housekeeping
    .cleanAll(0)
    .catch((err: unknown) => log.warn({ err }, 'what an earlier engine left could not be looked for'))
  let draining: Promise<string[]> | null = null
  stack.defer(async () => {
    for (const id of (await draining) ?? []) handedOver.add(id)
    if (handedOver.size > 0) log.info({ jobs: [...handedOver] }, 'backups go on; the next start takes them up')
  })
  for (const job of left) runner.takeUp(job)
  listener.on('sendense_cancel', (jobId) => (jobId ? runner.cancel(jobId) : undefined))
  listener.on('sendense_limit', (applianceId) => (applianceId ? limits.tell(applianceId) : limits.tellAll()))
  const catalogue = new Catalogue(ctx)
  stack.use(await startQueue({ ...ctx, housekeeping, checks, catalogue }, runner, url))
  housekeeping.start()
  stack.use(housekeeping)
  catalogue.start()
  stack.use(catalogue)
  await runner.wake()
  stack.use(watchLive(ctx))
  log.info({ ssh: env.ssh, exportPorts: env.exportPorts }, 'engine ready')
  await appendEvent(prisma, { kind: 'engine.changed', running: true })
  // First of all: runs learn that the engine stops before anything of theirs fails, and nobody waits for a database that is away.
  stack.defer(async () => {
    draining = runner.drain(env.drain)
    hurry.abort()
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
