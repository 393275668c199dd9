import { ProblemError, toProblem } from '#contracts/problem.ts'
import type { ProbeResult, RepositoryCheck } from '#contracts/views.ts'
import { type Found, keepFound } from '../db/repositories.ts'
import { checkPath, initRepository, requireRepository } from '../drivers/repository/driver.ts'
import type { EngineContext } from './context.ts'

const look = async ({ prisma }: EngineContext, path: string) =>
  checkPath(path, await prisma.repository.findMany({ select: { id: true, name: true, path: true } }))

/** Says what would become of a path as a repository; makes nothing. */
export async function checkRepository(ctx: EngineContext, path: string): Promise<RepositoryCheck> {
  return (await look(ctx, path)).check
}

/**
 * Makes a path a repository after the same checks as {@link checkRepository}.
 * @returns its id: another one than asked for when an empty, forgotten repository is taken up again
 * @throws ProblemError the first check that failed
 */
export async function createRepository(
  ctx: EngineContext,
  wanted: { repositoryId: string; name: string; path: string },
): Promise<{ repositoryId: string }> {
  const { check, adoptable } = await look(ctx, wanted.path)
  const failed = check.checks.find(({ outcome }) => outcome === 'failed')
  if (failed)
    throw new ProblemError({
      code: failed.id === 'unused' || failed.id === 'nesting' ? 'conflict' : 'bad_input',
      field: 'path',
      happened: failed.detail,
      safe: 'Nothing was changed.',
      ...(failed.remedy ? { remedy: failed.remedy } : {}),
    })
  const id = adoptable?.id ?? wanted.repositoryId
  await initRepository(check.path, { id, name: wanted.name })
  return { repositoryId: id }
}

/** Looks at a repository now, keeps what was found on its row, and answers it. */
export async function probeRepository({ prisma }: Pick<EngineContext, 'prisma'>, id: string): Promise<ProbeResult> {
  const { path } = await prisma.repository.findUniqueOrThrow({ where: { id } })
  const began = performance.now()
  const found: Found = await requireRepository(path, id).then(
    (space) => ({ space, problem: null }),
    (error: unknown) => ({ space: null, problem: toProblem(error) }),
  )
  await keepFound(prisma, id, found)
  const detail = found.problem?.happened ?? `${path} can be written; ${found.space?.freeBytes ?? 0} bytes are free.`
  return { ok: found.problem === null, roundTripMs: performance.now() - began, detail, problem: found.problem }
}
