import type { Problem, ToolReport } from '#contracts/problem.ts'
import { explain } from '../tunnel/problem.ts'
import type { TunnelLoss } from './tunnel-watch.ts'

/** Why the copy of a disk failed, from what copier and reader said. */
export function copyProblem(key: number, copier: ToolReport, reader: ToolReport | null): Problem {
  const text = copier.stderr.join('\n')
  const safe = 'Earlier backups are untouched; the unfinished one is not kept.'
  if (/No space left on device/.test(text))
    return {
      code: 'repository_full',
      happened: `The hub's disk is full: a write of disk ${key} was refused.`,
      safe,
      remedy: 'Free space in the repository or use another one, then start the backup again.',
      tool: copier,
    }
  // nbdkit may abort when a copier that met an error hangs up: the error is the cause.
  const read = /read at offset (\d+) failed: (?!Transport endpoint|Connection reset|Broken pipe|Cannot send)/.exec(text)
  // A reader that is gone is the cause of a question that went unanswered, or fell with the tunnel as the copier did.
  if (read || (reader === null && /nbd_block_status/.test(text)))
    return {
      code: 'source_read',
      happened: read
        ? `Disk ${key} cannot be read at its source, at byte ${read[1]}.`
        : `The allocation of disk ${key} cannot be read at its source.`,
      safe,
      remedy: 'Check the disk at its source (bad blocks, a file that became shorter), then start the backup again.',
      tool: copier,
    }
  const copierKilled = copier.signal === 'SIGKILL' && reader?.signal === 'SIGABRT'
  if (reader !== null && !copierKilled)
    return {
      code: 'source_read',
      happened: `nbdkit, which reads disk ${key} on the appliance, ended ${ending(reader)} in mid-copy.`,
      safe,
      remedy: 'Check the source and the memory of the appliance, then start the backup again.',
      tool: reader,
    }
  if (/no export named|opt_go|for export:/.test(text))
    return {
      code: 'export_unreachable',
      happened: `The server at the hub's end does not serve the export of disk ${key}: ${copier.stderr.at(-1)}`,
      safe,
      remedy: 'Another export holds this port. See the page Exports & tunnels on the hub.',
      hop: 'export',
      tool: copier,
    }
  if (
    /Transport endpoint is not connected|not in a connected state|Connection refused|server disconnected|Connection reset/.test(
      text,
    )
  )
    return {
      code: 'export_unreachable',
      happened: `The connection of disk ${key} to the hub broke: either the job's tunnel or its export (qemu-nbd) ended.`,
      safe,
      remedy: 'The job shows which of the two ended. Start the backup again when both are well.',
      tool: copier,
    }
  return {
    code: 'copy_failed',
    happened: `The copy of disk ${key} ended ${ending(copier)}: ${copier.stderr.at(-1) ?? 'nbdcopy gave no reason'}`,
    safe,
    remedy: 'Start the backup again; if it fails in the same way, the words of the tool say more.',
    tool: copier,
  }
}

/** Could this be the effect of a tunnel that ended? What names its own cause could not. */
export function mayBeTunnel({ code, tool }: Problem): boolean {
  if (code === 'export_unreachable' || code === 'copy_failed') return true
  // nbdkit may abort when a copier that lost its target hangs up.
  return code === 'source_read' && tool?.command.startsWith('nbdkit') === true
}

/** The tunnel broke, and no new one came up in time, or too often. */
export function tunnelLostProblem({ tool, words }: TunnelLoss): Problem {
  return {
    code: 'export_unreachable',
    happened: `The job's tunnel to the hub ${words}, in mid-copy: ${explain(tool.stderr)}.`,
    safe: 'Earlier backups are untouched; the unfinished one is not kept.',
    remedy: "Check the network between appliance and hub and the hub's SSH server, then start the backup again.",
    hop: 'tunnel',
    tool,
  }
}

/** "with exit status 1", "by signal SIGKILL". */
export function ending(tool: ToolReport): string {
  if (tool.signal !== null) return `by signal ${tool.signal}`
  return tool.exitCode === null ? 'without an exit status' : `with exit status ${tool.exitCode}`
}

/** The source is not what it was when the job began: its image would be wrong, whatever was copied. */
export function changedProblem(key: number, change: string): Problem {
  return {
    code: 'source_changed',
    happened: `The source of disk ${key} ${change}: it was changed during the backup.`,
    safe: 'Earlier backups are untouched; the unfinished one is not kept.',
    remedy: 'Start the backup again when nothing writes to the disk.',
  }
}

/** For a disk that was well, but was stopped. */
export function stoppedProblem(key: number, why: string): Problem {
  return {
    code: 'copy_failed',
    happened: `The copy of disk ${key} was stopped: ${why}.`,
    safe: 'Earlier backups are untouched; the unfinished one is not kept.',
  }
}
