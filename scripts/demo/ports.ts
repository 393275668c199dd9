import { ProblemError } from '#contracts/problem.ts'
import { isFree } from '#e2e/world/ports.ts'

/**
 * The wanted port, or the next one that the kernel gives; another than wanted is said by name.
 * @throws ProblemError `no_free_port` when a hundred in a row are taken
 */
export async function choosePort(
  what: string,
  wanted: number,
  say: (line: string) => void,
  host = '127.0.0.1',
): Promise<number> {
  for (let port = wanted; port < wanted + 100; port++) {
    if (!(await isFree(port, host))) continue
    if (port !== wanted) say(`  Port ${wanted} (${what}) is taken by another program: using ${port}.`)
    return port
  }
  throw new ProblemError({
    code: 'no_free_port',
    happened: `Ports ${wanted} to ${wanted + 99} on ${host} (${what}) are all taken.`,
    safe: 'Nothing more was started.',
    remedy: `See who has them: ss -ltnp`,
  })
}

/** Names the taken ones among the first ports of the range that exports get; the hub itself passes them by. */
export async function nameTakenExports(from: number, say: (line: string) => void): Promise<void> {
  const first = Array.from({ length: 4 }, (_, index) => from + index)
  for (const port of first)
    if (!(await isFree(port))) say(`  Port ${port} (exports) is taken by another program: the hub passes it by.`)
}
