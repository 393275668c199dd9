import { timingSafeEqual } from 'node:crypto'
import path from 'node:path'
import { buildId } from '#lib/build-id.ts'
import type { PrismaClient } from '../../db/client.ts'
import { readHubFacts } from '../../db/metrics.ts'
import type { HubEnv } from '../../env.ts'
import { readOrCreateSecret } from '../auth/secret.ts'
import { renderMetrics } from './metrics.ts'

export interface Metrics {
  /** True for the token of `<home>/secrets/metrics-token`, which is made when missing. */
  admits(authorization: string | null): Promise<boolean>
  /** Prometheus text format. */
  render(): Promise<string>
}

export function createMetrics({ prisma, env }: { prisma: PrismaClient; env: HubEnv }): Metrics {
  return {
    async admits(authorization) {
      const expected = Buffer.from(`Bearer ${await readOrCreateSecret(path.join(env.paths.secrets, 'metrics-token'))}`)
      const given = Buffer.from(authorization ?? '')
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
    async render() {
      const [from, to] = env.exportPorts
      return renderMetrics(await readHubFacts(prisma), { buildId: buildId(), ports: to - from + 1, now: new Date() })
    },
  }
}
