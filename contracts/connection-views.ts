import { z } from 'zod'
import { idSchema } from './ids.ts'
import { problemSchema } from './problem.ts'

const time = z.iso.datetime()

/** One living qemu-nbd. */
export const exportViewSchema = z.object({
  id: idSchema,
  exportName: z.string(),
  port: z.number().int(),
  imagePath: z.string(),
  pid: z.number().int().nullable(),
  readOnly: z.boolean(),
  alive: z.boolean(),
  /** Established connections; null: cannot measure. */
  connections: z.number().int().nullable(),
  jobId: idSchema.nullable(),
  /** The backup that writes through it, or the restore point that it serves. */
  backupId: z.string().nullable(),
  /** What is wrong with the restore point that it serves; null: nothing that is known, or it serves none. */
  notice: z.string().nullable(),
  startedAt: time,
})
export type ExportView = z.infer<typeof exportViewSchema>

/** One living SSH session on the hub's sshd. */
export const tunnelViewSchema = z.object({
  /** `<pid>-<start ticks>` of the session's sshd process. */
  id: z.string(),
  /** unknown: the log names no key any more, or a key that belongs to nobody (now). */
  kind: z.enum(['control', 'data', 'unknown']),
  applianceId: idSchema.nullable(),
  applianceName: z.string().nullable(),
  jobId: idSchema.nullable(),
  /** The backup that copies through it. */
  backupId: z.string().nullable(),
  peer: z.string(),
  /** null: the log does not say which key it logged in with. */
  fingerprint: z.string().nullable(),
  pid: z.number().int(),
  since: time,
})
export type TunnelView = z.infer<typeof tunnelViewSchema>

/** The answer of a probe: an expected result, not an exception. */
export const probeResultSchema = z.object({
  ok: z.boolean(),
  roundTripMs: z.number().nullable(),
  detail: z.string(),
  problem: problemSchema.nullable(),
})
export type ProbeResult = z.infer<typeof probeResultSchema>
