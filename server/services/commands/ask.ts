import { ProblemError } from '#contracts/problem.ts'
import type { Prisma, PrismaClient } from '../../db/client.ts'
import { abandonCommand, commandAnswer, enqueueCommand } from '../../db/commands.ts'
import type { DatabaseListener } from '../../db/listen.ts'
import { type CommandInput, type CommandKind, type CommandOutput, engineCommands } from './contract.ts'

/** Asks the engine and waits for its answer. */
export type Ask = <K extends CommandKind>(
  kind: K,
  input: CommandInput<K>,
  deadlineMs?: number,
) => Promise<CommandOutput<K>>

/**
 * Makes the one way from web to engine: a row, a wake-up, an answer within a deadline (ms, default 15 s).
 * @throws ProblemError `deadline` when the engine did not answer; the command is then never executed late
 */
export function createAsk(prisma: PrismaClient, listener: DatabaseListener): Ask {
  return async (kind, input, deadlineMs = 15_000) => {
    const wake = Promise.withResolvers<void>()
    const state = { wake }
    const off = listener.on('sendense_commands', () => state.wake.resolve())
    const end = performance.now() + deadlineMs
    try {
      const id = await enqueueCommand(prisma, kind, input as Prisma.InputJsonObject, deadlineMs)
      for (;;) {
        state.wake = Promise.withResolvers<void>()
        const answer = await commandAnswer(prisma, id)
        if (answer?.problem) throw new ProblemError(answer.problem)
        if (answer) return engineCommands[kind].output.parse(answer.result) as CommandOutput<typeof kind>
        const left = end - performance.now()
        if (left <= 0) {
          const problem = {
            code: 'deadline' as const,
            happened: `The hub's engine did not answer within ${Math.round(deadlineMs / 1000)} s.`,
            safe: 'Running copies do not depend on this answer.',
            remedy: 'See whether the engine runs (Settings, or engine.log under the hub’s home), then try again.',
          }
          await abandonCommand(prisma, id, problem)
          throw new ProblemError(problem)
        }
        const timer = setTimeout(() => state.wake.resolve(), left)
        await state.wake.promise
        clearTimeout(timer)
      }
    } finally {
      off()
    }
  }
}
