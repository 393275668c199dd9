import 'server-only'
import { version } from '#lib/version.ts'
import { createHub, type Hub } from '#server/container.ts'
import { readEnv } from '#server/env.ts'
import type { RestParts } from '#server/rest/handle.ts'
import { createLimits } from '#server/rest/limits.ts'
import { openApi } from '#server/rest/openapi.ts'
import { operations } from '#server/rest/operations.ts'
import { createAccess } from '#server/services/access/access.ts'
import type { AccessServices } from '#server/services/access/api.ts'
import { type Auth, createAuth } from '#server/services/auth/auth.ts'
import { createSetup, type Setup } from '#server/services/auth/setup.ts'
import { createIdempotency } from '#server/services/idempotency/service.ts'
import { createMetrics, type Metrics } from '#server/services/metrics/service.ts'

export interface WebHub extends Hub {
  auth: Auth
  access: AccessServices
  setup: Setup
  metrics: Metrics
  rest: Pick<RestParts, 'limits' | 'keys' | 'document'>
}

// Next makes several copies of a module in one process (instrumentation, proxy, pages, routes): the process's one hub
// lies where all of them find it.
const key = Symbol.for('sendense.web.hub')
const home = globalThis as unknown as Record<symbol, Promise<WebHub> | undefined>

async function open(): Promise<WebHub> {
  const env = readEnv()
  const hub = await createHub(env)
  const auth = await createAuth({ prisma: hub.prisma, env })
  const rest = {
    limits: createLimits(env.apiRequestsPerMinute),
    keys: createIdempotency(hub.prisma),
    document: () => openApi(operations, { version: version(), url: env.url }),
  }
  const access = createAccess(hub.prisma, env.url)
  const setup = createSetup({ prisma: hub.prisma, env, auth })
  return { ...hub, auth, access, setup, metrics: createMetrics(hub), rest }
}

/** The hub of this process, opened once. A failure is forgotten, so that the next request tries again. */
export function getHub(): Promise<WebHub> {
  const present = home[key]
  if (present) return present
  const opening = open()
  home[key] = opening
  opening.catch(() => {
    if (home[key] === opening) home[key] = undefined
  })
  return opening
}
