import 'server-only'
import { createHub, type Hub } from '#server/container.ts'
import { readEnv } from '#server/env.ts'
import { createAccess } from '#server/services/access/access.ts'
import type { AccessServices } from '#server/services/access/api.ts'
import { type Auth, createAuth } from '#server/services/auth/auth.ts'
import { createSetup, type Setup } from '#server/services/auth/setup.ts'
import { createMetrics, type Metrics } from '#server/services/metrics/service.ts'

export interface WebHub extends Hub {
  auth: Auth
  access: AccessServices
  setup: Setup
  metrics: Metrics
}

// Next makes several copies of a module in one process (instrumentation, proxy, pages, routes): the process's one hub
// lies where all of them find it.
const key = Symbol.for('sendense.web.hub')
const home = globalThis as unknown as Record<symbol, Promise<WebHub> | undefined>

async function open(): Promise<WebHub> {
  const env = readEnv()
  const hub = await createHub(env)
  const auth = await createAuth({ prisma: hub.prisma, env })
  const access = createAccess(hub.prisma, env.url)
  return { ...hub, auth, access, setup: createSetup({ prisma: hub.prisma, env, auth }), metrics: createMetrics(hub) }
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
