import type { Problem, ToolReport } from '#contracts/problem.ts'
import type { NbdErrorKind } from '#lib/nbd/error.ts'
import { explain } from '../tunnel/problem.ts'
import type { TunnelLoss } from './tunnel-watch.ts'

const safe = 'Earlier backups are untouched; the unfinished one is not kept.'

/** What the copier met, as far as words need it. */
export interface CopyFailure {
  kind: NbdErrorKind
  errno: string | null
  offset: number | null
  message: string
}

/** Why the copy of a disk failed, from what its source or its target answered. */
export function copyProblem(key: number, side: 'source' | 'target', failure: CopyFailure): Problem {
  return side === 'source' ? sourceProblem(key, failure) : targetProblem(key, failure)
}

/** Errors as people know them; what is not here is told in the server's words. */
const errnoWords: Readonly<Record<string, string>> = {
  EIO: 'Input/output error',
  EPERM: 'Operation not permitted',
  ENOMEM: 'Cannot allocate memory',
}

function sourceProblem(key: number, { offset, errno, message: said }: CopyFailure): Problem {
  const message = (errno !== null && errnoWords[errno]) || said
  return {
    code: 'source_read',
    happened:
      offset === null
        ? `Disk ${key} cannot be read at its source: ${message}`
        : `Disk ${key} cannot be read at its source, at byte ${offset}: ${message}`,
    safe,
    remedy: 'Check the disk at its source (bad blocks, a file that became shorter), then start the backup again.',
  }
}

function targetProblem(key: number, { kind, errno, message }: CopyFailure): Problem {
  if (errno === 'ENOSPC')
    return {
      code: 'repository_full',
      happened: `The hub's disk is full: a write of disk ${key} was refused.`,
      safe,
      remedy: 'Free space in the repository or use another one, then start the backup again.',
    }
  if (kind === 'refused')
    return {
      code: 'export_unreachable',
      happened: `The server at the hub's end does not serve the export of disk ${key}: ${message}`,
      safe,
      remedy: 'Another export holds this port. See the page Exports & tunnels on the hub.',
      hop: 'export',
    }
  if (kind === 'io')
    return {
      code: 'copy_failed',
      happened: `The hub could not write disk ${key}: ${message}`,
      safe,
      remedy: 'Look at the storage of the repository, then start the backup again.',
      hop: 'image',
    }
  if (kind === 'protocol')
    return {
      code: 'copy_failed',
      happened: `The server at the hub's end broke the NBD protocol while disk ${key} was copied: ${message}`,
      safe,
      remedy: 'See on the page Exports & tunnels what listens at the port of this disk.',
      hop: 'export',
    }
  return {
    code: 'export_unreachable',
    happened: `The connection of disk ${key} to the hub broke: either the job's tunnel or its export (qemu-nbd) ended.`,
    safe,
    remedy: 'The job shows which of the two ended. Start the backup again when both are well.',
  }
}

/** The server of the source ended in mid-copy. */
export function readerProblem(key: number, reader: ToolReport): Problem {
  const program = reader.command.split(' ', 1)[0] || 'The server'
  return {
    code: 'source_read',
    happened: `${program}, which reads disk ${key} on the appliance, ended ${ending(reader)} in mid-copy.`,
    safe,
    remedy: 'Check the source and the memory of the appliance, then start the backup again.',
    tool: reader,
  }
}

/** Could this be the effect of a tunnel that ended? What names its own cause could not. */
export function mayBeTunnel({ code }: Problem): boolean {
  return code === 'export_unreachable'
}

/** The tunnel broke, and no new one came up in time, or too often. */
export function tunnelLostProblem({ tool, words }: TunnelLoss): Problem {
  return {
    code: 'export_unreachable',
    happened: `The job's tunnel to the hub ${words}, in mid-copy: ${explain(tool.stderr)}.`,
    safe,
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
    safe,
    remedy: 'Start the backup again when nothing writes to the disk, or back up a snapshot of it.',
  }
}

/** For a disk that was well, but was stopped. */
export function stoppedProblem(key: number, why: string): Problem {
  return { code: 'copy_failed', happened: `The copy of disk ${key} was stopped: ${why}.`, safe }
}
