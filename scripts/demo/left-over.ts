import { processesOf, type StackProcess } from '#e2e/world/processes.ts'
import { waitFor } from '#lib/async/wait.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { processIdentity } from '#lib/process/procfs.ts'

const ownsOthers = ({ command }: StackProcess) =>
  /(engine|appliance)\/main\.ts|sendense-appliance\.mjs run/.test(command)

const end = async ({ pid }: StackProcess) => {
  const identity = await processIdentity(pid)
  if (identity) await stopProcess(identity, 10_000)
}

/**
 * Ends what a demo that was killed left running: processes that carry the state's path, those that own others first.
 * @returns what was ended
 */
export async function endLeftOver(root: string): Promise<StackProcess[]> {
  const ended: StackProcess[] = []
  for (const choose of [ownsOthers, () => true]) {
    const found = (await processesOf(root)).filter(choose)
    await Promise.all(found.map(end))
    ended.push(...found)
  }
  return ended
}

/** What of the demo still runs after it ended everything; empty as it must be. */
export async function stillRunning(root: string): Promise<StackProcess[]> {
  let left: StackProcess[] = []
  const gone = async () => {
    left = await processesOf(root)
    return left.length === 0
  }
  await waitFor(gone, { deadlineMs: 5000, everyMs: 50 })
  return left
}
