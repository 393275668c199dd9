import { rm } from 'node:fs/promises'
import type { CleaningOutcome } from '#contracts/housekeeping.ts'
import { ProblemError } from '#contracts/problem.ts'
import { appendEvent } from '../../db/events.ts'
import { noteFailure } from '../../db/housekeeping.ts'
import type { Facts, Finding, RowFact } from '../../domain/housekeeping/facts.ts'
import { processesOf } from '../../domain/housekeeping/rows.ts'
import { terminate } from '../../drivers/nbd/terminate.ts'
import { readIdentity, removePartial } from '../../drivers/repository/driver.ts'
import type { EngineContext } from '../../engine/context.ts'
import { cleanResource } from '../clean-resource.ts'

/** What is left over has nothing in memory that anybody needs. */
const GRACE_MS = 5000

/** @throws ProblemError `repository_identity`: what an unmounted disk holds is not gone because it cannot be seen */
async function requireOwn(ctx: EngineContext, repositoryPath: string): Promise<void> {
  const repository = await ctx.prisma.repository.findFirst({ where: { path: repositoryPath }, select: { id: true } })
  if (repository && (await readIdentity(repositoryPath))?.id === repository.id) return
  throw new ProblemError({
    code: 'repository_identity',
    happened: `${repositoryPath} is not the repository on record now: its disk is probably not mounted.`,
  })
}

async function cleanRow(ctx: EngineContext, facts: Facts, row: RowFact): Promise<void> {
  if (row.kind === 'partial-directory' || row.kind === 'scratch-directory')
    await requireOwn(ctx, (row.data as { repositoryPath: string }).repositoryPath)
  // One that was started just before an engine died is known by its mark only.
  for (const process of row.kind === 'export' ? processesOf(facts, row) : [])
    if (process.pid !== row.pid) await terminate(process, GRACE_MS)
  await cleanResource(ctx, row)
}

async function cleanTarget(ctx: EngineContext, facts: Facts, { target }: Finding): Promise<void> {
  switch (target.do) {
    case 'row': {
      const row = facts.rows.find(({ id }) => id === target.rowId)
      if (row) await cleanRow(ctx, facts, row)
      return
    }
    case 'process':
      await terminate(target, GRACE_MS)
      return
    case 'session':
      await ctx.sshd.endSession(target)
      return
    case 'partial':
      await requireOwn(ctx, target.repositoryPath)
      await removePartial(target.repositoryPath, target.path)
      return
    case 'file':
      await rm(target.path, { force: true })
      return
    case 'keys':
      await ctx.keys.apply()
  }
}

/** Puts onto the job's record what became of what it had left; the same failure is told once only. */
async function tell(ctx: EngineContext, { orphan }: Finding, failure: string | null): Promise<void> {
  if (orphan.jobId === null || (failure !== null && failure === orphan.reason)) return
  const what = `${orphan.kind} ${orphan.identity}`
  const message = failure === null ? `Cleaned afterwards: ${what}.` : `Not cleaned: ${what}: ${failure}`
  await appendEvent(
    ctx.prisma,
    {
      kind: 'job.step',
      step: 'clean-up',
      outcome: failure === null ? 'ok' : 'failed',
      message: message.slice(0, 2000),
    },
    orphan.jobId,
  )
}

async function fail(ctx: EngineContext, found: Finding, reason: string, nextTryAt: Date): Promise<void> {
  const { orphan, target } = found
  const of = target.do === 'row' ? { rowId: target.rowId } : { leftOver: orphan.id, jobId: orphan.jobId }
  await noteFailure(ctx.prisma, of, { reason, nextTryAt })
  await tell(ctx, found, reason)
}

/** Cleans one thing and says how it went; a failure stays on the ledger with its reason and the time of the next try. */
export async function cleanFinding(
  ctx: EngineContext,
  facts: Facts,
  found: Finding,
  nextTryAt: Date,
): Promise<CleaningOutcome> {
  const { id, kind, identity, jobId, waitsFor, cleaning } = found.orphan
  const result = (outcome: CleaningOutcome['outcome'], detail: string) => ({
    id,
    kind,
    identity,
    jobId,
    outcome,
    detail,
  })
  if (waitsFor !== null) return result('waits', waitsFor)
  try {
    await cleanTarget(ctx, facts, found)
    await tell(ctx, found, null)
    return result('cleaned', cleaning)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await fail(ctx, found, reason, nextTryAt).catch((err: unknown) =>
      ctx.log.error({ err, orphan: id }, 'the failure of a clean-up could not be recorded'),
    )
    return result('failed', reason)
  }
}
