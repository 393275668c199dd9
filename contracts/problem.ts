import { z } from 'zod'
import { hopSchema } from './diagnosis.ts'

/** Every error the product shows has one of these codes; server/trpc maps them to tRPC and HTTP. */
export const problemCodes = [
  'bad_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'busy',
  'unavailable',
  'deadline',
  'protocol_mismatch',
  'appliance_unreachable',
  'tool_missing',
  'tunnel_refused',
  'export_failed',
  'export_unreachable',
  'no_free_port',
  'repository_missing',
  'repository_identity',
  'repository_read_only',
  'repository_full',
  'source_missing',
  'source_read',
  'source_changed',
  /** Nothing says that a disk keeps its state while it is copied, and nobody allowed that. */
  'source_unknown',
  /** What a disk's bytes are is not stated, or is not what is stated. */
  'source_format',
  'client_exited',
  'copy_failed',
  'proof_failed',
  'engine_restarted',
  /** The hub stayed away longer than the appliance keeps a job for it. */
  'lease_expired',
  'internal',
] as const
export type ProblemCode = (typeof problemCodes)[number]

/** What a tool said when it ended: reaches the person who must act, from either host. */
export const toolReportSchema = z.object({
  /** Program and a few telling arguments; never a secret. */
  command: z.string().max(500),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** Last lines of stderr, oldest first. */
  stderr: z.array(z.string().max(2000)).max(50),
})
export type ToolReport = z.infer<typeof toolReportSchema>

/** An error in words for the person who must act at 3 a.m. */
export const problemSchema = z.object({
  code: z.enum(problemCodes),
  /** What happened, one or two sentences. */
  happened: z.string().max(2000),
  /** What is safe (which data is untouched). */
  safe: z.string().max(1000).optional(),
  /** What to do next. */
  remedy: z.string().max(2000).optional(),
  /** The input field it is about, for bad_input. */
  field: z.string().max(200).optional(),
  /** Where on the way of the bytes it happened, when its code alone does not say (server/domain/diagnosis/ended.ts). */
  hop: hopSchema.optional(),
  tool: toolReportSchema.optional(),
})
export type Problem = z.infer<typeof problemSchema>

/** The one error class that crosses rooms: carries a {@link Problem}; anything else thrown is a bug ("internal"). */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.happened, options)
    this.name = 'ProblemError'
    this.problem = problem
  }

  /** By its mark, not by its class: a bundler may put several copies of this module into one process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ProblemError' && 'problem' in value
  }
}

/** Turns anything thrown into a Problem. Unknown errors become `internal` with their message kept for the log, not for strangers. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'internal',
    happened: `Unexpected error: ${message}`.slice(0, 2000),
    remedy: 'This is a fault of Sendense. The engine log has the details; please report it.',
  }
}
