import { expect } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { killAll, pidsOf, programs, stopAll } from './faults/find.ts'
import type { StackTests } from './stack-tests.ts'

/** What tests of crashes do again and again with a file's stack. */
export function afterCrash(world: StackTests) {
  /** Starts the engine again, with other settings if a test wants them, and waits until it answers. */
  const engineAgain = async (env: Record<string, string> = {}) => {
    if (await world.stack.engine.alive()) await world.stack.engine.stop(5000)
    await world.stack.engine.restart(env)
    const answers = async () => (await world.stack.services.health()).engine
    expect(await waitFor(answers, { deadlineMs: 30_000, everyMs: 50 }), await world.stack.logs()).toBe(true)
    await world.stack.online()
  }

  /** Client and data tunnel on the appliance. */
  const workers = async () => [
    ...(await pidsOf(world.stack, programs.client)),
    ...(await pidsOf(world.stack, programs.ssh)),
  ]

  const stepsOf = async (jobId: string) =>
    (await world.stack.services.backups.events(jobId)).flatMap(({ data }) =>
      data.kind === 'job.step' ? data.message : [],
    )

  const untilStep = async (jobId: string, words: RegExp) => {
    const found = async () => (await stepsOf(jobId)).some((message) => words.test(message))
    expect(await waitFor(found, { deadlineMs: 30_000, everyMs: 100 }), await world.stack.logs()).toBe(true)
  }

  /** The hub's SSH server takes no connection any more; those that it has live on. Answers how it takes them again. */
  const silence = async () => (await stopAll(world.stack, /sshd: .*\[listener\]|sshd -D/)) ?? (async () => undefined)

  /** As {@link silence}, and the tunnels' ssh processes are killed. */
  const cut = async () => {
    const mend = await silence()
    await killAll(world.stack, programs.ssh)
    return mend
  }

  return { engineAgain, workers, stepsOf, untilStep, cut }
}
