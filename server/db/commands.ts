import type { Problem } from '#contracts/problem.ts'
import type { Prisma, PrismaClient } from './client.ts'

export interface CommandAnswer {
  result: unknown
  problem: Problem | null
}

/** Writes the command and wakes the engine, in one transaction. */
export async function enqueueCommand(
  prisma: PrismaClient,
  kind: string,
  input: Prisma.InputJsonValue,
  deadlineMs: number,
): Promise<string> {
  return prisma.$transaction(async (tx) => {
    const command = await tx.command.create({
      data: { kind, input, deadlineAt: new Date(Date.now() + deadlineMs) },
    })
    await tx.$queryRaw`SELECT id FROM graphile_worker.add_job('command', json_build_object('id', ${command.id}::text), max_attempts => 1)`
    return command.id
  })
}

/** The answer, or null while there is none. */
export async function commandAnswer(prisma: PrismaClient, id: string): Promise<CommandAnswer | null> {
  const command = await prisma.command.findUnique({ where: { id } })
  if (command?.state !== 'done' && command?.state !== 'failed') return null
  return { result: command.result, problem: command.problem as Problem | null }
}

/** Takes a command for execution; null when it was taken, given up or its deadline has passed. */
export async function claimCommand(prisma: PrismaClient, id: string): Promise<{ kind: string; input: unknown } | null> {
  const { count } = await prisma.command.updateMany({
    where: { id, state: 'queued', deadlineAt: { gt: new Date() } },
    data: { state: 'running' },
  })
  return count === 1 ? prisma.command.findUniqueOrThrow({ where: { id }, select: { kind: true, input: true } }) : null
}

/** Stores the answer and wakes who waits. */
export async function answerCommand(
  prisma: PrismaClient,
  id: string,
  answer: { result: Prisma.InputJsonValue } | { problem: Problem },
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.command.update({
      where: { id },
      data: {
        finishedAt: new Date(),
        ...('result' in answer
          ? { state: 'done' as const, result: answer.result }
          : { state: 'failed' as const, problem: answer.problem }),
      },
    })
    await tx.$executeRaw`SELECT pg_notify('sendense_commands', ${id})`
  })
}

/** Nobody waits any more: a command that was not taken yet is never executed. */
export async function abandonCommand(prisma: PrismaClient, id: string, problem: Problem): Promise<void> {
  await prisma.command.updateMany({
    where: { id, state: 'queued' },
    data: { state: 'failed', problem, finishedAt: new Date() },
  })
}

/** Answers are read once: old ones go. */
export async function pruneCommands(prisma: PrismaClient, before: Date): Promise<void> {
  await prisma.command.deleteMany({ where: { createdAt: { lt: before } } })
}
