import type { Foreign } from '#contracts/housekeeping.ts'
import type { Facts, Finding } from './facts.ts'
import { finding, isBusy, jobEnd } from './finding.ts'

/** Processes with our mark whose record is closed. Those of open rows are cleaned with their row. */
export function processFindings(facts: Facts): Finding[] {
  return facts.processes.flatMap((process) => {
    const { row, pid, start } = process
    if (!row?.released || isBusy(facts, row.jobId)) return []
    const ports = process.ports.length > 0 ? ` on port ${process.ports.join(', ')}` : ''
    const words = {
      kind: 'process' as const,
      identity: `${process.program} ${pid}${ports}`,
      jobId: row.jobId,
      since: process.since,
      why: `It carries our mark, but its record is closed${row.jobId === null ? '' : ` and ${jobEnd(facts, row.jobId)}`}.`,
      cleaning: `Ends process ${pid}: asked first, killed after 5 seconds.`,
    }
    return [finding(facts, `process:${pid}:${start}`, words, { do: 'process', pid, start })]
  })
}

const short = (text: string) => (text.length > 160 ? `${text.slice(0, 159)}…` : text)

/** qemu-nbd processes and listeners in our range that are not of this hub. */
export function foreignProcesses(facts: Facts): Foreign[] {
  const strange = facts.processes.filter(({ row }) => row === null)
  const processes = strange.map(
    ({ pid, start, command, mark }): Foreign => ({
      id: `process:${pid}:${start}`,
      kind: 'process',
      identity: `${pid}: ${short(command)}`,
      why: mark === null ? 'A qemu-nbd without a mark of this hub.' : 'A qemu-nbd with the mark of another hub.',
    }),
  )
  const seen = new Set(facts.processes.map(({ pid }) => pid))
  const ports = facts.listening
    .filter(({ pids }) => !pids.some((pid) => seen.has(pid)))
    .map(
      ({ port, pids }): Foreign => ({
        id: `port:${port}`,
        kind: 'port',
        identity: String(port),
        why: `Something else listens there (${pids.length > 0 ? `process ${pids.join(', ')}` : "another user's process"}); no export gets this port.`,
      }),
    )
  return [...processes, ...ports]
}
