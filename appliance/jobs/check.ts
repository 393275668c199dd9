import type { ApplianceOutput } from '#contracts/appliance.ts'
import type { Hop } from '#contracts/diagnosis.ts'
import type { Problem, ToolReport } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import { run } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'

type CheckedDisk = ApplianceOutput<'jobs.check'>['disks'][number]

/** Every question of a check is answered within this, or the export counts as out of reach. */
const TIMEOUT_MS = 10_000

/**
 * Opens an export as the client will: its name and size by negotiation, then a read and a flush.
 * @param tunnelLog ssh's words, which alone tell a refused forward from a dead export
 */
export async function checkTarget(
  target: Target,
  sizeBytes: number,
  tunnelLog: string,
  signal: AbortSignal,
): Promise<CheckedDisk> {
  const { key } = target
  const url = targetUrl(target)
  const probe = ['-f', 'raw', '-c', `read 0 ${Math.min(sizeBytes, 4096)}`, '-c', 'flush', url]
  const [size, access] = await Promise.all([
    run('nbdinfo', ['--size', url], { timeoutMs: TIMEOUT_MS, signal }),
    run('qemu-io', probe, { timeoutMs: TIMEOUT_MS, signal }),
  ])
  if (!size.ok) {
    const report = { ...size.report, stderr: [...size.report.stderr, ...(await tailFile(tunnelLog, 5))].slice(-50) }
    return { key, ok: false, sizeBytes: null, problem: unreachable(target, report, size.timedOut) }
  }
  const found = Number(size.stdout.trim())
  if (found !== imageSize(sizeBytes))
    return { key, ok: false, sizeBytes: found, problem: otherSize(target, sizeBytes, found) }
  // qemu-io tells on stdout why a read failed.
  if (access.ok) return { key, ok: true, sizeBytes: found, problem: null }
  const words = [...access.report.stderr, ...access.stdout.split('\n').filter((line) => line !== '')]
  return { key, ok: false, sizeBytes: found, problem: unusable(target, { ...access.report, stderr: words.slice(-50) }) }
}

/** An image has whole sectors of 512 bytes: what it has more than its disk reads as zero. */
const imageSize = (sizeBytes: number) => Math.ceil(sizeBytes / 512) * 512

const safe = 'No data was copied; earlier backups are untouched.'

/** Which hop it is, from what nbdinfo and ssh said. */
function unreachable(target: Target, tool: ToolReport, timedOut: boolean): Problem {
  const text = tool.stderr.join('\n')
  const what = `The export ${target.exportName} of disk ${target.key} cannot be opened`
  const problem = (why: string, remedy: string, hop?: Hop): Problem => ({
    code: 'export_unreachable',
    happened: `${what}: ${why}.`,
    safe,
    remedy,
    tool,
    ...(hop ? { hop } : {}),
  })
  if (/administratively prohibited/.test(text))
    return problem(
      "the hub's SSH server refuses to forward to its port",
      "The tunnel leads to a port that the job's key does not open. Start the backup again; if it stays, report it.",
      'tunnel',
    )
  if (/open failed: connect failed/.test(text))
    return problem(
      "the tunnel works, but nothing listens at the export's port on the hub",
      'qemu-nbd has ended or listens elsewhere. See the page Exports & tunnels on the hub.',
      'export',
    )
  if (/no export named|opt_go|for export:/.test(text))
    return problem(
      'a server answers, but does not know the name',
      'Another export holds this port. See the page Exports & tunnels on the hub.',
      'export',
    )
  if (/Connection refused/.test(text))
    return problem(
      `nothing listens at ${target.host}:${target.port} on the appliance`,
      "The job's tunnel is not up, or lacks this forward. Start the backup again.",
      'tunnel',
    )
  if (timedOut)
    return problem(
      `it did not answer within ${TIMEOUT_MS / 1000} s`,
      'Tunnel or export hangs. See the page Exports & tunnels on the hub.',
    )
  return problem(tool.stderr.at(-1) ?? 'nbdinfo gave no reason', 'See the page Exports & tunnels on the hub.')
}

function otherSize(target: Target, expected: number, found: number): Problem {
  return {
    code: 'export_unreachable',
    happened: `The export ${target.exportName} has ${found} bytes, disk ${target.key} has ${expected}.`,
    safe,
    remedy: 'The image was made for another size: start the backup again, so that a new one is made.',
  }
}

function unusable(target: Target, tool: ToolReport): Problem {
  const why = tool.stderr.find((line) => /fail|error|denied|read-only|permission/i.test(line)) ?? tool.stderr.at(-1)
  return {
    code: 'export_unreachable',
    happened: `The export ${target.exportName} opens, but cannot be read, written and flushed: ${why ?? 'no reason given'}`,
    safe,
    remedy: 'Look at the repository on the hub (mounted, writable, not full), then start the backup again.',
    tool,
  }
}
