import { waitFor } from '#lib/async/wait.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { type Part, processesOf, type StackProcess } from './processes.ts'
import { listeningIn } from './sockets.ts'

/** The hub's sshd outlives its engine on purpose (a new engine adopts it), and is asked to go like the parts are. */
const isSshd = ({ command }: StackProcess) => /sshd/.test(command)

async function end({ pid }: StackProcess): Promise<void> {
  const identity = await processIdentity(pid)
  if (identity) await stopProcess(identity, 3000)
}

/**
 * Ends the parts in order, waits until every process and port of the stack is gone, ends what is left all the same.
 * @throws Error naming what should have gone by itself
 */
export async function endStack(stack: {
  root: string
  ports: readonly [number, number]
  parts: readonly Part[]
}): Promise<void> {
  for (const part of stack.parts) await part.stop()
  for (const sshd of (await processesOf(stack.root)).filter(isSshd)) await end(sshd)
  const gone = async () => (await processesOf(stack.root)).length === 0
  if (!(await waitFor(gone, { deadlineMs: 3000, everyMs: 20 }))) {
    const left = await processesOf(stack.root)
    for (const process of left) await end(process)
    throw new Error(`left by the stack:\n${left.map(({ pid, command }) => `${pid} ${command}`).join('\n')}`)
  }
  const listening = await listeningIn(stack.ports)
  if (listening.length > 0)
    throw new Error(`ports still taken: ${listening.map(({ port, pids }) => `${port} by ${pids.join()}`).join('; ')}`)
}
