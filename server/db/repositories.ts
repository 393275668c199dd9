import type { Problem } from '#contracts/problem.ts'
import { NOTHING, type PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'

/** What a look at a repository found: its room, or why it cannot be used. */
export type Found =
  | { problem: null; space: { totalBytes: number; freeBytes: number } }
  | { problem: Problem; space: null }

/** Keeps on the repository's row how it was found just now, and says so. */
export async function keepFound(prisma: PrismaClient, id: string, { problem, space }: Found): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.repository.update({
      where: { id },
      data: {
        checkedAt: new Date(),
        problem: problem ?? NOTHING,
        ...(space ? { totalBytes: BigInt(space.totalBytes), freeBytes: BigInt(space.freeBytes) } : {}),
      },
    })
    await appendEvent(tx, { kind: 'repository.changed', repositoryId: id })
  })
}
