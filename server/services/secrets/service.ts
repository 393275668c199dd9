import { ProblemError } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'
import { listSecrets, removeSecret, storeSecret } from '../../db/vault.ts'
import type { HubServices } from '../api.ts'
import type { Crypto } from '../ports.ts'

/** The vault of source credentials, from the side that only writes: nothing here reads a value back. */
export function createSecrets(prisma: PrismaClient, crypto: Pick<Crypto, 'seal'>): HubServices['secrets'] {
  return {
    list: () => listSecrets(prisma),
    set: ({ value, ...row }, { userId }) =>
      storeSecret(prisma, { ...row, userId }, (place) => crypto.seal(value, place)),
    async remove(id) {
      if (await removeSecret(prisma, id)) return
      throw new ProblemError({ code: 'not_found', happened: 'There is no such secret.', safe: 'Nothing was changed.' })
    },
  }
}
