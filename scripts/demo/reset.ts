import { access, rm } from 'node:fs/promises'
import { endLeftOver } from './left-over.ts'
import { type DemoPaths, lockDemo } from './paths.ts'

/**
 * Forgets all that demos left.
 * @throws ProblemError `busy` while a demo runs
 */
export async function reset(paths: DemoPaths, say: (line: string) => void): Promise<void> {
  const there = await access(paths.root).then(
    () => true,
    () => false,
  )
  if (!there) return say(`Nothing to forget: there is no ${paths.root}.`)
  await using _lock = await lockDemo(paths)
  for (const { pid, command } of await endLeftOver(paths.root)) say(`Ended ${pid} (${command.slice(0, 80)}).`)
  await rm(paths.root, { recursive: true, force: true })
  say(`Forgot ${paths.root}.`)
}
