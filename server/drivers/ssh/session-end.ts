import { waitFor } from '#lib/async/wait.ts'
import { signalProcess, stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { listeners } from '../port/sockets.ts'
import type { ServedConnection } from './sessions.ts'

/**
 * Ends a session: its processes are gone, its forwards closed, and what it listened on (`-R`) is given back, when this
 * returns. Connections through it are cut: qemu-nbd and the peer see them close.
 * @throws Error when a process or a listening socket stays for 5 s
 */
export async function endConnection(session: ServedConnection): Promise<void> {
  await stopProcess(session, 2000)
  await Promise.all(session.processes.map((process) => signalProcess(process, 'SIGKILL', false)))
  const gone = await waitFor(
    async () => {
      if ((await Promise.all(session.processes.map(isAlive))).includes(true)) return false
      const open = new Set((await listeners()).map(({ inode }) => inode))
      return !session.listening.some(({ inode }) => open.has(inode))
    },
    { deadlineMs: 5000 },
  )
  if (!gone) throw new Error(`the SSH session of ${session.peer} (pid ${session.pid}) did not end`)
}
