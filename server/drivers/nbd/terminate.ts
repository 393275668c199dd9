import { waitFor } from '#lib/async/wait.ts'
import { signalProcess, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'

/**
 * Ends a qemu-nbd as stopProcess does, but asks again every 100 ms: one that is about to enter its main loop forgets the
 * SIGTERM it got some milliseconds before (seen with qemu 7.2). Asking twice does no harm: it flushes and closes once.
 */
export async function terminate(identity: ProcessIdentity, graceMs: number): Promise<'gone' | 'terminated' | 'killed'> {
  if (!(await isAlive(identity))) return 'gone'
  const end = performance.now() + graceMs
  while (performance.now() < end) {
    await signalProcess(identity, 'SIGTERM')
    const left = Math.min(100, end - performance.now())
    if (await waitFor(async () => !(await isAlive(identity)), { deadlineMs: left, everyMs: 5 })) return 'terminated'
  }
  return (await stopProcess(identity, 0)) === 'gone' ? 'terminated' : 'killed'
}
