import { checkById, newestCheckOf, newestOfAppliances } from '../../db/checks.ts'
import type { PrismaClient } from '../../db/client.ts'
import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'

/** Whether a backup would work, tried before it must. The engine does it; what came out stands in the database. */
export function createChecks(prisma: PrismaClient, ask: Ask): HubServices['checks'] {
  return {
    async start({ repositoryId = null, ...subject }, { userId }) {
      const { check } = await ask('checks.start', { subject, repositoryId, reason: 'asked', userId })
      return check
    },
    get: async (id) => found(await checkById(prisma, id), 'check', id),
    newest: (vmId) => newestCheckOf(prisma, vmId),
    appliances: () => newestOfAppliances(prisma),
  }
}
