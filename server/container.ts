import { buildId } from '#lib/build-id.ts'
import { openDatabase, type PrismaClient } from './db/client.ts'
import { engineRuns } from './db/engine-lock.ts'
import { newestCursor } from './db/events.ts'
import { DatabaseListener } from './db/listen.ts'
import { fingerprint } from './drivers/ssh/driver.ts'
import { createKeyring } from './drivers/vault/driver.ts'
import type { HubEnv } from './env.ts'
import { EngineWatch } from './events/engine-watch.ts'
import { followEvents } from './events/outbox.ts'
import type { HubServices } from './services/api.ts'
import { createAppliances } from './services/appliances/service.ts'
import { createBackups } from './services/backups/service.ts'
import { createChecks } from './services/checks/service.ts'
import { createAsk } from './services/commands/ask.ts'
import { createEnrolmentDoor } from './services/enrolments/door.ts'
import { createEnrolments } from './services/enrolments/service.ts'
import { createExports } from './services/exports/service.ts'
import { createHousekeeping } from './services/housekeeping/service.ts'
import { createOverview } from './services/overview/service.ts'
import type { Crypto } from './services/ports.ts'
import { createRepositories } from './services/repositories/service.ts'
import { createSecrets } from './services/secrets/service.ts'
import { createSettings } from './services/settings/service.ts'
import { createSupport } from './services/support/service.ts'
import { createTunnels } from './services/tunnels/service.ts'
import { createVms } from './services/vms/service.ts'

export interface Hub extends AsyncDisposable {
  env: HubEnv
  prisma: PrismaClient
  listener: DatabaseListener
  services: HubServices
  /** Tells all tabs when the engine is gone, until it is disposed of. */
  watchEngine(): AsyncDisposable
}

/** Fingerprints, and secrets sealed by the hub's own key. */
export function createCrypto(env: Pick<HubEnv, 'paths'>): Crypto {
  const keys = createKeyring(env.paths.secrets)
  return {
    fingerprint,
    seal: (plaintext, associatedData) => keys.seal(plaintext, associatedData),
    open: async (sealed, associatedData) => (await keys.open(sealed, associatedData)).toString(),
  }
}

/**
 * The composition root of everything that talks to the hub (web, scripts, tests; the engine adds its own parts).
 * @throws Error when no DATABASE_URL is given: the launcher knows the embedded server's
 */
export async function createHub(env: HubEnv): Promise<Hub> {
  if (env.databaseUrl === null) throw new Error('DATABASE_URL is not set: start the hub by its launcher (npm start).')
  await using stack = new AsyncDisposableStack()
  const prisma = openDatabase(env.databaseUrl)
  stack.defer(() => prisma.$disconnect())
  const listener = stack.use(
    new DatabaseListener(env.databaseUrl, ['sendense_events', 'sendense_commands', 'sendense_cancel']),
  )
  await listener.start()
  const ask = createAsk(prisma, listener)
  const crypto = createCrypto(env)
  const told: Omit<HubServices, 'support'> = {
    vms: createVms(prisma, ask),
    backups: createBackups(prisma),
    checks: createChecks(prisma, ask),
    exports: createExports(ask),
    housekeeping: createHousekeeping(ask),
    tunnels: createTunnels(ask),
    appliances: createAppliances({ prisma, ask, crypto, controlPorts: env.controlPorts }),
    enrolments: createEnrolments({ prisma, ask, crypto }),
    enrolmentDoor: createEnrolmentDoor({ prisma, ask, crypto }),
    overview: createOverview(prisma),
    repositories: createRepositories(prisma, ask),
    events: {
      cursor: () => newestCursor(prisma),
      subscribe: (after, signal) => followEvents(prisma, listener, after, signal),
    },
    secrets: createSecrets(prisma, crypto),
    settings: createSettings(prisma),
    engine: async () => ({ running: await engineRuns(prisma) }),
    async health() {
      const database = await prisma.$queryRaw`SELECT 1`.then(
        () => true,
        () => false,
      )
      const engine =
        database &&
        (await ask('ping', {}, 3000).then(
          () => true,
          () => false,
        ))
      return { ok: database && engine, buildId: buildId(), database, engine }
    },
  }
  const support = createSupport({ env, crypto, hub: { prisma, services: told } })
  const services: HubServices = { ...told, support }
  const owned = stack.move()
  const watchEngine = () => new EngineWatch(prisma)
  return { env, prisma, listener, services, watchEngine, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
