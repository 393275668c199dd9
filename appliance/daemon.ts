import { once } from 'node:events'
import { watch } from 'node:fs'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { createHandlers } from './api/handlers.ts'
import { createApi } from './api/server.ts'
import { buildId } from './build-id.ts'
import { appliancePaths } from './config.ts'
import { readConfig } from './config-file.ts'
import type { JobContext } from './jobs/context.ts'
import { type Drain, Jobs } from './jobs/registry.ts'
import { errorText, type Log } from './log.ts'
import { RateLimit } from './transfer/limit/rate-limit.ts'
import { ControlTunnel } from './tunnel/control.ts'
import { ControlSwitch } from './tunnel/switch.ts'

export interface DaemonOptions {
  dataDir: string
  self: JobContext['self']
  log: Log
  /** What becomes of running jobs when it is disposed. Default: they go on for the next daemon. */
  drain?: Drain
}

/** The node appliance: API, control tunnel and jobs of one data directory, until disposed. */
export interface Appliance extends AsyncDisposable {
  /** Reads the settings again: a hub that appeared or changed is dialled. */
  reload(): Promise<void>
  /** Takes no new jobs; resolves when the last one has ended, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void>
}

/**
 * Starts the daemon; resolves when its API listens.
 * @throws ProblemError bad_input (settings) | conflict (the port is taken)
 */
export async function startAppliance({ dataDir, self, log, drain = 'handover' }: DaemonOptions): Promise<Appliance> {
  await using stack = new AsyncDisposableStack()
  const paths = appliancePaths(dataDir)
  const config = await readConfig(paths.config)
  const readToken = async () => (await readFile(paths.apiToken, 'utf8')).trim()
  let token = await readToken()
  await mkdir(paths.jobs, { recursive: true, mode: 0o700 })
  await chmod(paths.dataDir, 0o700)

  const startedAt = new Date().toISOString()
  const control = new ControlSwitch((current) =>
    current.hub === null
      ? null
      : new ControlTunnel({ ...config, hub: current.hub, keepAliveSeconds: current.keepAliveSeconds, paths, log }),
  )
  const limit = new RateLimit(paths.limit)
  const context: JobContext = { config: () => readConfig(paths.config), self, log, limit }
  const jobs = new Jobs(paths, context)
  const stopping = new AbortController()
  const { promise: ready, resolve: open, reject: refuse } = Promise.withResolvers<void>()
  ready.catch(() => undefined)
  const handlers = createHandlers({ config: context.config, jobs, limit, tunnel: () => control.state, startedAt })
  const api = createApi({ token: () => token, handlers, jobs, log, ready, signal: stopping.signal })

  // Listening comes first: a second daemon on this directory fails here, before it touches any job.
  api.listen({ host: config.listenHost, port: config.apiPort, exclusive: true })
  await once(api, 'listening').catch((cause: unknown) => {
    const where = `${config.listenHost}:${config.apiPort}`
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ProblemError(
      {
        code: 'conflict',
        happened: `The appliance cannot listen on ${where}: ${why}`,
        remedy: 'Another appliance may run already; otherwise choose another port with "init --api-port".',
      },
      { cause },
    )
  })
  stack.defer(async () => {
    stopping.abort()
    const closed = once(api, 'close')
    api.close()
    api.closeAllConnections()
    await closed
  })
  try {
    await limit.load()
    await jobs.recover()
    open()
  } catch (error) {
    refuse(error)
    throw error
  }
  // Who has waited and stops all the same leaves the rest to the next daemon.
  stack.defer(() => jobs.stop(drain === 'cancel' ? 'cancel' : 'handover'))
  const leases = new AbortController()
  const watched = jobs.watchLeases(leases.signal)
  stack.defer(async () => {
    leases.abort()
    await watched
  })
  stack.use(control)
  await control.apply(config)

  const reload = async () => {
    try {
      token = await readToken()
      await control.apply(await context.config())
    } catch (error) {
      log.error('settings', { error: error instanceof ProblemError ? error.message : errorText(error) })
    }
  }
  // Watched by directory: the file is replaced by rename.
  const watcher = watch(paths.dataDir, (_event, name) => {
    if (name === path.basename(paths.config)) void reload()
  })
  watcher.on('error', (error) => log.warn('settings are not watched', { error: errorText(error) }))
  stack.defer(() => watcher.close())

  log.info('appliance runs', { name: config.name, api: `${config.listenHost}:${config.apiPort}`, buildId })
  const owned = stack.move()
  return { reload, drained: (signal) => jobs.drained(signal), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
