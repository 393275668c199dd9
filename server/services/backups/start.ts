import { ProblemError } from '#contracts/problem.ts'
import type { JobSummary } from '#contracts/views.ts'
import { activeState } from '../../db/active.ts'
import { isUniqueViolation, type PrismaClient } from '../../db/client.ts'
import { queueBackup } from '../../db/new-job.ts'
import type { Actor } from '../api.ts'
import { found } from '../found.ts'
import { summaryInclude, toJobSummary } from './views.ts'

interface Input {
  vmId: string
  repositoryId: string
  type: 'full'
}

/**
 * One transaction: job row, event, wake-up.
 * @throws ProblemError `busy` when a backup of the VM runs already, `not_found`, `conflict` when the VM is gone from its source
 */
export async function startBackup(
  prisma: PrismaClient,
  input: Input,
  actor: Actor,
  now = new Date(),
): Promise<JobSummary> {
  const vm = found(await prisma.virtualMachine.findUnique({ where: { id: input.vmId } }), 'virtual machine', input.vmId)
  found(await prisma.repository.findUnique({ where: { id: input.repositoryId } }), 'repository', input.repositoryId)
  if (vm.missing)
    throw new ProblemError({
      code: 'conflict',
      happened: `${vm.name} is no longer listed by its source.`,
      safe: 'Its restore points are untouched.',
      remedy: 'Refresh the list of virtual machines, or look on the source.',
    })
  for (let attempt = 1; ; attempt++) {
    try {
      const { id } = await prisma.$transaction(async (tx) => {
        const { applianceId, slug } = vm
        const fields = { vmId: vm.id, applianceId, repositoryId: input.repositoryId, requestedById: actor.userId }
        const message = 'Asked for; waits for the engine.'
        return await queueBackup(tx, { ...fields, slug, type: input.type, message }, { now, attempt })
      })
      // Outside: in a transaction Prisma would read the relations side by side on one connection, which pg deprecates.
      return toJobSummary(await prisma.job.findUniqueOrThrow({ where: { id }, include: summaryInclude }))
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const running = await prisma.job.findFirst({
        where: { vmId: vm.id, state: activeState },
        select: { backupId: true },
      })
      if (running)
        throw new ProblemError({
          code: 'busy',
          happened: `A backup of ${vm.name} runs already (${running.backupId}).`,
          safe: 'The running backup goes on undisturbed.',
          remedy: 'Wait until it ends, or cancel it first.',
        })
      if (attempt >= 20) throw error
    }
  }
}
