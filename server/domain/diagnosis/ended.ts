import type { Hop, Verdict } from '#contracts/diagnosis.ts'
import type { Problem, ProblemCode, ToolReport } from '#contracts/problem.ts'
import { hopWords } from './words.ts'

/** Where a backup that ended with this code broke, when its problem does not say it more exactly. */
const hopOf: Partial<Record<ProblemCode, Hop>> = {
  source_missing: 'source',
  source_read: 'source',
  source_changed: 'source',
  source_unknown: 'source',
  source_format: 'source',
  client_exited: 'client',
  copy_failed: 'client',
  tunnel_refused: 'tunnel',
  export_failed: 'export',
  export_unreachable: 'export',
  no_free_port: 'export',
  proof_failed: 'image',
  repository_missing: 'image',
  repository_identity: 'image',
  repository_read_only: 'image',
  repository_full: 'image',
}

/** Likelier than what a hop stops for in general. */
const causesOf: Partial<Record<ProblemCode, readonly string[]>> = {
  source_read: ['A block of the disk cannot be read where it lies.', 'What serves the disk to nbdkit has ended.'],
  source_missing: ['The disk was moved or removed, or its server is down.'],
  client_exited: ['Somebody ended it, or the appliance ran out of memory (kernel log: Out of memory).'],
  copy_failed: ['Somebody ended the copier, or the appliance ran out of memory (kernel log: Out of memory).'],
  export_failed: [
    'qemu-nbd was ended by somebody, or by the kernel for lack of memory.',
    'Another program holds the image (lock) or the port.',
    'qemu-nbd is not installed on the hub, or is another version.',
  ],
  repository_full: ['The repository has no room left.'],
  repository_read_only: ['Its file system was mounted read-only, maybe after errors.', 'The hub may not write there.'],
  repository_missing: ['Its disk is not mounted, or its server is away.'],
  repository_identity: ['Its disk is not mounted.'],
}

function endOf({ command, exitCode, signal }: ToolReport): string {
  const program = command.split(' ')[0]
  if (signal) return `${program} was ended by ${signal}`
  return exitCode === null
    ? `${program} ended, its exit status is not known`
    : `${program} ended with status ${exitCode}`
}

/** What a failed backup died of: where, and by which words. Nothing is guessed that the problem does not hold. */
export function verdictOfEnd(problem: Problem): Verdict {
  const hop = problem.hop ?? hopOf[problem.code] ?? null
  const { tool } = problem
  return {
    kind: 'dead',
    key: null,
    hop,
    sentence: problem.happened,
    evidence: [
      ...(tool ? [endOf(tool), ...tool.stderr.slice(-3)] : [`the backup ended with the code ${problem.code}`]),
    ],
    causes: [...(causesOf[problem.code] ?? (hop ? hopWords[hop].causes : []))],
    next: problem.remedy ?? (hop ? hopWords[hop].next : null),
    remedies: [],
    secondsLeft: null,
  }
}
