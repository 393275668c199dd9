import { timingSafeEqual } from 'node:crypto'
import path from 'node:path'
import { buildId } from '#lib/build-id.ts'
import type { PrismaClient } from '../../db/client.ts'
import { readHubFacts } from '../../db/metrics.ts'
import type { HubEnv } from '../../env.ts'
import type { HubServices } from '../api.ts'
import { readOrCreateSecret } from '../auth/secret.ts'
import { renderMetrics } from './metrics.ts'

export interface Metrics {
  /** True for the token of `<home>/secrets/metrics-token`, which is made when missing. */
  admits(authorization: string | null): Promise<boolean>
  /** Prometheus text format. */
  render(): Promise<string>
}

export function createMetrics(hub: {
  prisma: PrismaClient
  env: HubEnv
  services: Pick<HubServices, 'health'>
}): Metrics {
  const { prisma, env } = hub
  return {
    async admits(authorization) {
      const expected = Buffer.from(`Bearer ${await readOrCreateSecret(path.join(env.paths.secrets, 'metrics-token'))}`)
      const given = Buffer.from(authorization ?? '')
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
    async render() {
      const [from, to] = env.exportPorts
      const [facts, { engine }] = await Promise.all([readHubFacts(prisma), hub.services.health()])
      return renderMetrics(facts, { buildId: buildId(), ports: to - from + 1, engine, now: new Date() })
    },
  }
}
