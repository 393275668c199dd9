import { type Problem, toProblem } from '#contracts/problem.ts'
import type { ProbeResult } from '#contracts/views.ts'
import { NOTHING } from '../db/client.ts'
import { appendEvent } from '../db/events.ts'
import { requireRepository } from '../drivers/repository/driver.ts'
import type { EngineContext } from './context.ts'

/** Looks at a repository now, keeps what was found on its row, and answers it. */
export async function probeRepository({ prisma }: EngineContext, id: string): Promise<ProbeResult> {
  const { path } = await prisma.repository.findUniqueOrThrow({ where: { id } })
  const began = performance.now()
  const found = await requireRepository(path, id).then(
    (space) => ({ space, problem: null }),
    (error: unknown) => ({ space: null, problem: toProblem(error) as Problem }),
  )
  await prisma.$transaction(async (tx) => {
    await tx.repository.update({
      where: { id },
      data: {
        checkedAt: new Date(),
        problem: found.problem ?? NOTHING,
        ...(found.space
          ? { totalBytes: BigInt(found.space.totalBytes), freeBytes: BigInt(found.space.freeBytes) }
          : {}),
      },
    })
    await appendEvent(tx, { kind: 'repository.changed', repositoryId: id })
  })
  const detail = found.problem?.happened ?? `${path} can be written; ${found.space?.freeBytes ?? 0} bytes are free.`
  return { ok: found.problem === null, roundTripMs: performance.now() - began, detail, problem: found.problem }
}
