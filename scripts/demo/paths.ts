import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { defaultHome } from '#server/env.ts'
import { lockHome } from '#server/launcher/lock.ts'

/** Where the demo keeps everything: one directory, so that forgetting it is removing it. */
export function demoPaths(root: string = defaultHome('sendense-demo')) {
  return {
    root,
    lock: path.join(root, 'lock'),
    hub: path.join(root, 'hub'),
    vm: path.join(root, 'vm'),
    repository: path.join(root, 'repository'),
    /** Data directory and log of an appliance; there is a second one when the first one's port was taken by others. */
    appliance: (name: string) => ({ data: path.join(root, name), log: path.join(root, `${name}.log`) }),
  }
}
export type DemoPaths = ReturnType<typeof demoPaths>

/**
 * One demo at a time: its state is one directory.
 * @throws ProblemError `busy` naming the pid of the one that runs
 */
export async function lockDemo(paths: DemoPaths): Promise<AsyncDisposable> {
  try {
    return await lockHome(paths.root, paths.lock)
  } catch (error) {
    if (!(error instanceof ProblemError && error.problem.code === 'busy')) throw error
    const pid = /pid (\d+)/.exec(error.problem.happened)?.[1]
    throw new ProblemError({
      code: 'busy',
      happened: `A demo runs already (pid ${pid}).`,
      safe: 'It was left alone.',
      remedy: `End it by Ctrl-C where it runs, or: kill ${pid}`,
    })
  }
}
