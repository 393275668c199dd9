import type { ApplianceOutput } from '#contracts/appliance.ts'
import type { Hop } from '#contracts/diagnosis.ts'
import type { Problem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import type { NbdClient } from '#lib/nbd/client.ts'
import { NbdError } from '#lib/nbd/error.ts'
import { openNbd } from '#lib/nbd/open.ts'
import { tailFile } from '#lib/process/tail.ts'

type CheckedDisk = ApplianceOutput<'jobs.check'>['disks'][number]

/** Every question of a check is answered within this, or the export counts as out of reach. */
const TIMEOUT_MS = 10_000

/**
 * Opens an export as the transfer process will: its name and size by negotiation, then a read and a flush.
 * @param tunnelLog ssh's words, which alone tell a refused forward from a dead export
 */
export async function checkTarget(
  target: Target,
  sizeBytes: number,
  tunnelLog: string,
  signal: AbortSignal,
): Promise<CheckedDisk> {
  const { key } = target
  const bound = AbortSignal.any([signal, AbortSignal.timeout(2 * TIMEOUT_MS)])
  let client: NbdClient
  try {
    client = await openNbd(targetUrl(target), { timeoutMs: TIMEOUT_MS, signal: bound })
  } catch (error) {
    signal.throwIfAborted()
    return { key, ok: false, sizeBytes: null, problem: unreachable(target, error, await tailFile(tunnelLog, 5)) }
  }
  await using _open = client
  const found = client.export.sizeBytes
  const refuse = (problem: Problem): CheckedDisk => ({ key, ok: false, sizeBytes: found, problem })
  if (found !== imageSize(sizeBytes)) return refuse(otherSize(target, sizeBytes, found))
  if (client.export.readOnly) return refuse(unusable(target, 'it is read-only'))
  try {
    await within(client.read(0, Buffer.alloc(Math.min(found, 4096))), client)
    await within(client.flush(), client)
    return { key, ok: true, sizeBytes: found, problem: null }
  } catch (error) {
    signal.throwIfAborted()
    return refuse(unusable(target, error instanceof Error ? error.message : String(error)))
  }
}

/** A request that is not answered in time ends its connection. */
async function within<T>(answer: Promise<T>, client: NbdClient): Promise<T> {
  const timer = setTimeout(() => client.destroy(`no answer within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS)
  try {
    return await answer
  } finally {
    clearTimeout(timer)
  }
}

/** An image has whole sectors of 512 bytes: what it has more than its disk reads as zero. */
const imageSize = (sizeBytes: number) => Math.ceil(sizeBytes / 512) * 512

const safe = 'No data was copied; earlier backups are untouched.'

/** Which hop it is, from what the connection met and what ssh said. */
function unreachable(target: Target, error: unknown, ssh: readonly string[]): Problem {
  const text = ssh.join('\n')
  const words = error instanceof Error ? error.message : String(error)
  const kind = error instanceof NbdError ? error.kind : null
  const what = `The export ${target.exportName} of disk ${target.key} cannot be opened`
  const problem = (why: string, remedy: string, hop?: Hop): Problem => ({
    code: 'export_unreachable',
    happened: `${what}: ${why}.`,
    safe,
    remedy,
    tool: { command: 'ssh (the tunnel of the job)', exitCode: null, signal: null, stderr: [...ssh] },
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
  if (kind === 'refused')
    return problem(
      'a server answers, but does not know the name',
      'Another export holds this port. See the page Exports & tunnels on the hub.',
      'export',
    )
  if (kind === 'connect')
    return problem(
      `nothing listens at ${target.host}:${target.port} on the appliance`,
      "The job's tunnel is not up, or lacks this forward. Start the backup again.",
      'tunnel',
    )
  if (kind === 'timeout')
    return problem(
      `it did not answer within ${TIMEOUT_MS / 1000} s`,
      'Tunnel or export hangs. See the page Exports & tunnels on the hub.',
    )
  return problem(words, 'See the page Exports & tunnels on the hub.')
}

function otherSize(target: Target, expected: number, found: number): Problem {
  return {
    code: 'export_unreachable',
    happened: `The export ${target.exportName} has ${found} bytes, disk ${target.key} has ${expected}.`,
    safe,
    remedy: 'The image was made for another size: start the backup again, so that a new one is made.',
  }
}

function unusable(target: Target, why: string): Problem {
  return {
    code: 'export_unreachable',
    happened: `The export ${target.exportName} opens, but cannot be read, written and flushed: ${why}`,
    safe,
    remedy: 'Look at the repository on the hub (mounted, writable, not full), then start the backup again.',
  }
}
