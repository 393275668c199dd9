import { ProblemError } from '#contracts/problem.ts'
import { PREVIEW_LIMIT } from '#contracts/support.ts'
import type { PrismaClient } from '../../db/client.ts'
import { createRedactor } from '../../domain/redact/redact.ts'
import type { HubEnv } from '../../env.ts'
import type { HubServices } from '../api.ts'
import type { Crypto } from '../ports.ts'
import { archiveOf, type Bundle, makeBundle } from './bundle.ts'
import { engineParts, hostParts, hubParts, jobParts, type Told } from './parts.ts'
import { gatherSecrets } from './secrets.ts'

export interface SupportDeps {
  env: HubEnv
  crypto: Crypto
  /** null: the database is down. */
  hub: { prisma: PrismaClient; services: Told } | null
}

/** Everything that helps to find a fault, without a secret in it. @param jobId  also one backup whole: its job's id, or its own */
export async function collectBundle({ env, crypto, hub }: SupportDeps, jobId: string | null): Promise<Bundle> {
  const host = await hostParts(env)
  const redact = createRedactor(await gatherSecrets(env, hub?.prisma ?? null, crypto))
  if (!hub) {
    const missing = [{ what: 'hub/, engine/ and backup/', why: 'The database is down.' }]
    return makeBundle(host, redact, { label: 'host', known: false, missing })
  }
  const { prisma, services } = hub
  const job = jobId === null ? null : await services.backups.get(jobId)
  const { engine } = await services.health()
  const parts = [
    ...(job ? jobParts(prisma, services, job.id) : []),
    ...hubParts(env, prisma, services),
    ...(engine ? engineParts(services) : []),
    ...host,
  ]
  const missing = engine ? [] : [{ what: 'engine/', why: 'The engine does not answer.' }]
  return makeBundle(parts, redact, { label: job?.backupId ?? 'hub', known: true, missing })
}

/** Bundles that wait to be saved. More, or longer, are not kept. */
const KEPT = 3

/** Support bundles: shown first, then saved as they were shown. */
export function createSupport(deps: SupportDeps): HubServices['support'] {
  const kept: Bundle[] = []
  const bundle = (id: string) => {
    const now = new Date().toISOString()
    const one = kept.find(({ view }) => view.id === id && view.expiresAt > now)
    if (one) return one
    throw new ProblemError({
      code: 'not_found',
      happened: 'This support bundle is not kept any more.',
      safe: 'Nothing was saved.',
      remedy: 'Prepare it again: that takes seconds.',
    })
  }
  return {
    async prepare({ jobId = null }) {
      const made = await collectBundle(deps, jobId)
      kept.push(made)
      kept.splice(0, kept.length - KEPT)
      return made.view
    },
    async file({ id, name }) {
      const text = bundle(id).texts.get(name)
      if (text === undefined) throw new ProblemError({ code: 'not_found', happened: `It has no file ${name}.` })
      return { text: text.slice(0, PREVIEW_LIMIT), cut: text.length > PREVIEW_LIMIT }
    },
    async archive(id) {
      const one = bundle(id)
      return { fileName: one.view.fileName, stream: archiveOf(one) }
    },
  }
}
