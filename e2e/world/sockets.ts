import { listProcesses } from '#lib/process/procfs.ts'
import { listeners, ownersOf } from '#server/drivers/port/sockets.ts'

export interface Listening {
  port: number
  /** Who holds it; empty when it is another user's. */
  pids: number[]
}

/** TCP ports of the range (both ends included) on which something listens now. */
export async function listeningIn([from, to]: readonly [number, number]): Promise<Listening[]> {
  const found = (await listeners()).filter(({ local }) => local.port >= from && local.port <= to)
  if (found.length === 0) return []
  const owners = await ownersOf(
    new Set(found.map(({ inode }) => inode)),
    (await listProcesses()).map(({ pid }) => pid),
  )
  return found.map(({ local, inode }) => ({ port: local.port, pids: owners.get(inode) ?? [] }))
}
