import { createServer } from 'node:net'
import { ProblemError } from '#contracts/problem.ts'
import { portOrder } from './order.ts'

export { portOrder } from './order.ts'
export { type Connection, connectionsOn, listeners } from './sockets.ts'

/**
 * Asks the kernel by binding and closing again. True says only "free a moment ago": what takes the port next may still
 * be refused, and must say so.
 */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * The first port of the range that nobody owns, neither in our books nor in the kernel's.
 * @param isTaken  our books, asked before the kernel
 * @param hint     where to begin (the last one given out, plus one): spreads reuse over the range
 * @throws ProblemError `no_free_port` naming the range
 */
export async function nextFreePort(
  range: readonly [number, number],
  isTaken: (port: number) => boolean | Promise<boolean>,
  host: string,
  hint?: number,
): Promise<number> {
  for (const port of portOrder(range, hint)) {
    if (!(await isTaken(port)) && (await isPortFree(host, port))) return port
  }
  throw new ProblemError({
    code: 'no_free_port',
    happened: `No port from ${range[0]} to ${range[1]} is free on ${host}.`,
    safe: 'Nothing was started.',
    remedy: 'Wait for running backups to end, stop exports that are not needed, or set a wider range of ports.',
  })
}
