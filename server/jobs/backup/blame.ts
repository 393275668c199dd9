import type { Problem } from '#contracts/problem.ts'
import { runState } from '#lib/process/state.ts'
import { exportPeers, probeExport } from '../../drivers/nbd/driver.ts'
import type { LiveExport } from '../../engine/exports.ts'

/** The same question through the tunnel was given 10 s; here nothing lies between. */
const PROBE_MS = 3000

/**
 * An export that did not answer through the job's tunnel, asked again from the hub itself: what answers here is cut off by
 * the tunnel. Only for problems that do not know their hop yet.
 */
export async function blame(problem: Problem, live: LiveExport | null): Promise<Problem> {
  if (problem.hop || problem.code !== 'export_unreachable' || !live) return problem
  const { port, exportName, process } = live
  const state = await runState(process.identity.pid)
  if (state === 'stopped' || state === 'gone')
    return {
      ...problem,
      hop: 'export',
      happened: `${problem.happened} On the hub its qemu-nbd ${state === 'gone' ? 'has ended' : 'is stopped (state T)'}.`,
    }
  // Counted before we come as one more.
  const peers = await exportPeers(port).catch(() => [])
  const probe = await probeExport({ host: '127.0.0.1', port, exportName, timeoutMs: PROBE_MS })
  if (probe.ok)
    return {
      ...problem,
      hop: 'tunnel',
      happened: `${problem.happened} On the hub itself the export answers: the tunnel does not carry it.`,
      remedy: 'Check the network between appliance and hub, and the log of the hub’s SSH server; then start again.',
    }
  const holders = peers.flatMap(({ owners }) => owners.map(({ pid, command }) => `${command} (pid ${pid})`))
  return {
    ...problem,
    hop: 'export',
    happened: `${problem.happened} On the hub it does not answer either; ${peers.length} ${peers.length === 1 ? 'client is' : 'clients are'} connected to it${holders.length > 0 ? `: ${holders.join(', ')}` : ''}.`,
    remedy:
      'An export that takes a limited number of clients makes the next one wait in silence: end who holds it (Exports & tunnels), then start again.',
  }
}
