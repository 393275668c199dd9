import type { PrismaClient } from '#server/db/client.ts'
import { resealAll } from '#server/db/vault.ts'
import type { Keyring } from '#server/drivers/vault/driver.ts'

/**
 * Seals everything by a new key and forgets the former one. The former key stays until the database has committed: whatever
 * is cut off, both keys are there, everything opens, and the same call goes on.
 */
export async function rotate(prisma: PrismaClient, keys: Keyring): Promise<{ sealed: number; resumed: boolean }> {
  const { resumed } = await keys.begin()
  const sealed = await resealAll(prisma, async ({ place, bytes }) =>
    keys.seal((await keys.open(bytes, place)).toString(), place),
  )
  await keys.finish()
  return { sealed, resumed }
}
