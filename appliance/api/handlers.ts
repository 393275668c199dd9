import type { z } from 'zod'
import { type ApplianceMethod, type ApplianceOutput, applianceMethods, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { shared } from '#lib/async/shared.ts'
import { buildId } from '../build-id.ts'
import type { ApplianceConfig } from '../config.ts'
import type { Jobs } from '../jobs/registry.ts'
import { createSources } from '../sources/registry.ts'
import { toolVersions } from '../tools.ts'
import type { RateLimit } from '../transfer/limit/rate-limit.ts'
import type { TunnelState } from '../tunnel/control.ts'

const VERSIONS_MS = 60_000

export interface HandlerDeps {
  config(): Promise<ApplianceConfig>
  jobs: Jobs
  limit: RateLimit
  tunnel(): TunnelState
  startedAt: string
}

export type Handlers = {
  [M in ApplianceMethod]: (
    input: z.output<(typeof applianceMethods)[M]['input']>,
    gone: AbortSignal,
  ) => Promise<ApplianceOutput<M>>
}

/** What each method of the contract does. `gone` aborts when nobody waits for the answer any more. */
export function createHandlers({ config, jobs, limit, tunnel, startedAt }: HandlerDeps): Handlers {
  // Six processes for an answer that seldom changes; a quick answer also tells the clock exactly.
  const versions = shared(toolVersions, VERSIONS_MS)
  return {
    hello: async () => {
      const [{ name, sources }, tools] = await Promise.all([config(), versions()])
      return {
        protocol: PROTOCOL_VERSION,
        buildId,
        name,
        startedAt,
        now: new Date().toISOString(),
        tools,
        sources: sources.map((source) => ({ name: source.name, kind: source.kind })),
        tunnel: tunnel(),
        limit: limit.terms,
      }
    },
    'limit.set': (terms) => limit.set(terms),
    inventory: async () => {
      const lists = await Promise.all(createSources(await config()).map((source) => source.inventory()))
      return { vms: lists.flatMap(({ vms }) => vms), problems: lists.flatMap(({ problems }) => problems) }
    },
    'jobs.prepare': (input) => jobs.prepare(input),
    'jobs.connect': async ({ jobId, hubPorts }) => jobs.get(jobId).connect(hubPorts),
    'jobs.check': async ({ jobId, targets }) => jobs.get(jobId).check(targets),
    'jobs.start': async ({ jobId, targets, ...bounds }) => jobs.get(jobId).start(targets, bounds),
    'jobs.resume': async ({ jobId }) => jobs.get(jobId).resume(),
    'jobs.redial': async ({ jobId }) => jobs.get(jobId).redial(),
    'jobs.release': async ({ jobId }) => jobs.get(jobId).release(),
    'jobs.probe': (input) => jobs.get(input.jobId).probe(input),
    'jobs.route': ({ jobId }) => jobs.get(jobId).route(),
    'jobs.canary': ({ jobId, targets }) => jobs.get(jobId).canary(targets),
    'jobs.cancel': async ({ jobId }) => jobs.get(jobId).cancel(),
    'jobs.end': ({ jobId }) => jobs.end(jobId),
  }
}

/** Parses in, calls, parses out: what leaves is what the contract says. */
export async function callMethod(
  handlers: Handlers,
  method: ApplianceMethod,
  input: unknown,
  gone: AbortSignal,
): Promise<unknown> {
  const handler = handlers[method] as (input: unknown, gone: AbortSignal) => Promise<unknown>
  const output: z.ZodType = applianceMethods[method].output
  return output.parse(await handler(input, gone))
}
