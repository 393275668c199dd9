import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isTerminal, type JobState } from '#contracts/job.ts'
import type { JobSummary, JobView, VmView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import { createHub, type Hub } from '#server/container.ts'
import { type HubEnv, readEnv } from '#server/env.ts'
import { webIsReady } from '#server/launcher/ready.ts'
import type { HubServices } from '#server/services/api.ts'
import { ensureSetupToken } from '#server/services/auth/setup.ts'
import { addImageVm, checkout, configureAppliance, initAppliance, type WorldDisk } from './appliance.ts'
import { createTestDatabase, type TestServer, testDatabase } from './database.ts'
import { endStack } from './end.ts'
import { testDirectory } from './files.ts'
import { leaks, leaksNow } from './leaks.ts'
import { type ApplianceNetwork, applianceNetwork } from './namespace.ts'
import { ownPostgres } from './own-postgres.ts'
import { claimPorts } from './ports.ts'
import { type Part, startPart } from './processes.ts'
import { startWeb } from './web.ts'

export interface StackOptions {
  /** Ports for qemu-nbd, 1 to 40. Default 16. */
  exportPorts?: number
  /** Starts the built web too (scripts/build.ts must have run). */
  web?: boolean
  /** Added to the environment of the engine (a parking point, a short deadline). */
  engineEnv?: Record<string, string>
  /** Added to the environment of the appliance's daemon. */
  applianceEnv?: Record<string, string>
  /** The appliance runs in a network of its own, which reaches only the hub's SSH server, by a link that can be cut. */
  ownNetwork?: boolean
  /** PostgreSQL of its own in the hub's home, which a test may stop, and a launcher adopts. */
  ownPostgres?: boolean
  /** Seconds between two questions of ssh's keep-alive at the appliance. Default: the product's. */
  keepAliveSeconds?: number
  /** Outside of Vitest: the PostgreSQL to take a database from. */
  server?: TestServer
}

/** The whole product, running: hub processes, an appliance of its own, a repository. */
export interface Stack extends AsyncDisposable {
  root: string
  home: string
  env: HubEnv
  /** What the hub's processes are started with. */
  variables: Record<string, string>
  url: string
  hub: Hub
  services: HubServices
  engine: Part
  web: Part | null
  /** Another engine of the same hub; whoever starts it ends it. */
  secondEngine(): Promise<Part>
  /** The database server, when it is the stack's own. */
  postgres: Part | null
  /** What first run needs to make the administrator; null when there is one. */
  setupToken: string | null
  appliance: Part
  applianceDir: string
  /** The appliance's own network, when it has one. */
  network: ApplianceNetwork | null
  applianceId: string
  repositoryId: string
  repositoryPath: string
  /** Puts a machine into the appliance's inventory and lets the hub look. */
  addVm(vm: { name: string; disks: readonly WorldDisk[]; ref?: string }): Promise<VmView>
  /** Starts a full backup, into the stack's own repository unless another is named. */
  backUp(vmId: string, repositoryId?: string): Promise<JobSummary>
  /** Where a job stands, and of which disks bytes were sent, by one small question: what is waited for is asked often. */
  peek(jobId: string): Promise<{ state: JobState; moving: boolean; sending: number[] }>
  /** Waits until the job ended. @throws Error with the log's last lines when it does not within the deadline */
  finished(jobId: string, deadlineMs?: number, everyMs?: number): Promise<JobView>
  /** Waits until the appliance is online. */
  online(deadlineMs?: number): Promise<void>
  /** What is left of jobs; empty when all is clean. */
  leaks(): Promise<string[]>
  /** What of jobs is there now, while they run. */
  present(): Promise<string[]>
  /** The last lines of every part. */
  logs(): Promise<string>
}

const actor = { userId: null }
const range = ([from, to]: readonly [number, number]) => `${from}-${to}`

async function need<T>(what: string, stackLogs: () => Promise<string>, found: Promise<T | null>): Promise<T> {
  const value = await found
  if (value === null) throw new Error(`${what}\n${await stackLogs()}`)
  return value
}

/** Starts the real product in a directory, on ports and on a database of its own. Two may run at once. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await using made = new AsyncDisposableStack()
  const directory = made.use(await testDirectory('stack'))
  const root = directory.path
  const ports = made.use(await claimPorts(options.exportPorts))
  const home = path.join(root, 'hub')
  await mkdir(home, { mode: 0o711 })
  const postgres = options.ownPostgres ? await ownPostgres(home, path.join(root, 'postgres.log')) : null
  const database = postgres ?? made.use(await (options.server ? createTestDatabase(options.server) : testDatabase()))
  const variables = {
    SENDENSE_HOME: home,
    DATABASE_URL: database.url,
    SENDENSE_HTTP_PORT: String(ports.http),
    SENDENSE_SSH_PORT: String(ports.ssh),
    SENDENSE_EXPORT_PORTS: range(ports.exports),
    SENDENSE_CONTROL_PORTS: range(ports.control),
    SENDENSE_LOG_LEVEL: 'debug',
    SENDENSE_DRAIN: 'cancel',
    // A canary of its own would be in the way of tests that count exports and ports.
    SENDENSE_CHECK_TUNNELS: 'off',
    // What one engine compiled, all others of the run read.
    NODE_COMPILE_CACHE: path.join(checkout, 'node_modules/.cache/sendense-compiled'),
  }
  const env = readEnv({ NODE_ENV: 'production', ...variables })
  const parts: Part[] = postgres ? [postgres] : []
  const logs = async () =>
    (await Promise.all(parts.map(async (part) => `── ${part.name}\n${(await part.log()).join('\n')}`))).join('\n')
  made.defer(() => endStack({ root, ports: ports.all, parts }))

  const common = { cwd: checkout, root, command: process.execPath }
  const startEngine = (name: string) =>
    startPart({
      ...common,
      name,
      args: [path.join(checkout, 'server/engine/main.ts')],
      env: { ...variables, ...options.engineEnv },
      logFile: path.join(root, `${name}.log`),
    })
  const engine = await startEngine('engine')
  parts.unshift(engine)
  const hub = made.use(await createHub(env))
  const { services } = hub
  const alive = async () => (await services.health().catch(() => null))?.engine
  await need('the engine does not answer', logs, waitFor(alive, { deadlineMs: 30_000, everyMs: 50 }))

  const web = options.web ? await startWeb({ env, root, variables }) : null
  if (web) {
    parts.unshift(web)
    await need(
      'the web does not answer',
      logs,
      waitFor(() => webIsReady(env), { deadlineMs: 60_000, everyMs: 100 }),
    )
  }
  const setupToken = await ensureSetupToken({ prisma: hub.prisma, env })

  const applianceDir = path.join(root, 'appliance')
  const listenHost = `127.${1 + (Math.floor(ports.http / 256) % 250)}.${ports.http % 256}.2`
  const { entry, publicKey, apiToken } = await initAppliance({ dataDir: applianceDir, name: 'node-1', listenHost })
  const registered = await services.appliances.register({ name: 'node-1', publicKey, apiToken }, actor)
  const mark = `${root}:network`
  const network = options.ownNetwork ? made.use(await applianceNetwork(root, env.ssh.port, mark)) : null
  const { sshHost, sshPort } = network ?? registered.hub
  await configureAppliance(applianceDir, (config) => ({
    ...config,
    keepAliveSeconds: options.keepAliveSeconds ?? config.keepAliveSeconds,
    hub: { ...registered.hub, sshHost, sshPort },
  }))
  const [program = process.execPath, ...before] = [...(network?.enter ?? []), process.execPath]
  const appliance = await startPart({
    ...common,
    name: 'appliance',
    command: program,
    args: [...before, entry, 'run', '--data', applianceDir, '--drain', 'cancel'],
    env: options.applianceEnv ?? {},
    logFile: path.join(root, 'appliance.log'),
  })
  parts.unshift(appliance)
  const applianceId = registered.appliance.id
  const isOnline = async () => {
    const select = { state: true, connectedAt: true }
    const row = await hub.prisma.appliance.findUnique({ where: { id: applianceId }, select })
    // What an engine that is gone wrote says nothing of the present one.
    return row?.state === 'online' && (row.connectedAt?.getTime() ?? 0) >= engine.startedAt
  }
  const online = async (deadlineMs = 30_000) => {
    await need('the appliance does not come online', logs, waitFor(isOnline, { deadlineMs, everyMs: 50 }))
  }
  await online()

  const repositoryPath = path.join(root, 'repository')
  const repository = await services.repositories.create({ name: 'main', path: repositoryPath }, actor)
  const peek = async (jobId: string) => {
    const disks = { where: { sentBytes: { gt: 0 } }, select: { key: true } }
    const select = { state: true, firstByteAt: true, disks }
    const job = await hub.prisma.job.findUniqueOrThrow({ where: { id: jobId }, select })
    return { state: job.state, moving: job.firstByteAt !== null, sending: job.disks.map(({ key }) => key) }
  }
  const watched = { root, env, applianceDir, repositoryPath, prisma: hub.prisma }
  const ending = made.move()
  return {
    root,
    home,
    env,
    variables,
    url: env.url,
    hub,
    services,
    engine,
    web,
    secondEngine: () => startEngine('engine-2'),
    postgres,
    setupToken,
    appliance,
    applianceDir,
    network,
    applianceId,
    repositoryId: repository.id,
    repositoryPath,
    addVm: async ({ name, disks, ref = name }) => {
      await addImageVm(applianceDir, { ref, name, disks })
      const { problems } = await services.vms.refresh(applianceId)
      const row = await hub.prisma.virtualMachine.findFirst({ where: { ref }, select: { id: true } })
      if (row === null) throw new Error(`${name} is not in the inventory: ${problems.join('\n')}`)
      return services.vms.get(row.id)
    },
    backUp: (vmId, repositoryId = repository.id) => services.backups.start({ vmId, repositoryId, type: 'full' }, actor),
    peek,
    finished: async (jobId, deadlineMs = 60_000, everyMs = 100) => {
      const ended = async () => isTerminal((await peek(jobId)).state)
      await need(`job ${jobId} does not end`, logs, waitFor(ended, { deadlineMs, everyMs }))
      return services.backups.get(jobId)
    },
    online,
    leaks: () => leaks(watched),
    present: () => leaksNow(watched),
    logs,
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}
