import { run } from '#lib/process/run.ts'

/**
 * Acknowledged bytes per peer in the output of `ss -tinHO` (one socket a line), summed over the sockets of each
 * peer `host:port`. The kernel counts the opening SYN as one byte (tcp_info `tcpi_bytes_acked`).
 */
export function parseAcked(text: string): Map<string, number> {
  const acked = new Map<string, number>()
  for (const line of text.split('\n')) {
    const peer = line.trim().split(/\s+/)[4]
    if (peer === undefined) continue
    const bytes = Number(/\sbytes_acked:(\d+)/.exec(line)?.[1] ?? 0)
    acked.set(peer, (acked.get(peer) ?? 0) + bytes)
  }
  return acked
}

/** Arguments that list the established connections to these peers. */
export function ssArgs(peers: readonly { host: string; port: number }[]): string[] {
  const filter = peers.flatMap(({ host, port }, index) => [...(index === 0 ? [] : ['or']), 'dst', `${host}:${port}`])
  return ['-tinHO', 'state', 'connected', '(', ...filter, ')']
}

/** Bytes our sockets sent to each peer and saw acknowledged; null: cannot measure. */
export async function ackedBytes(
  peers: readonly { host: string; port: number }[],
): Promise<Map<string, number> | null> {
  if (peers.length === 0) return new Map()
  const result = await run('ss', ssArgs(peers), { timeoutMs: 5000 })
  return result.ok ? parseAcked(result.stdout) : null
}
