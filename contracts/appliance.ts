import { z } from 'zod'
import { probedDiskSchema } from './check.ts'
import { processStateSchema } from './diagnosis.ts'
import { bytesSchema, diskKeySchema, idSchema, vmNameSchema } from './ids.ts'
import { LEAST_LIMIT_MIB, MIB, MOST_LIMIT_MIB } from './limit.ts'
import { problemSchema, toolReportSchema } from './problem.ts'
import { diskVerdictSchema, preparedDiskSchema } from './source-state.ts'

/**
 * The wire between hub and appliance. The hub calls the appliance's API through the control tunnel:
 * `POST /v1/<method>` with a JSON body, `Authorization: Bearer <token>`, and the two headers below on
 * every request and every answer. A different protocol number is answered 409 with `protocol_mismatch`.
 */
export const PROTOCOL_VERSION = 5
export const PROTOCOL_HEADER = 'sendense-protocol'
export const BUILD_HEADER = 'sendense-build'

/** `[offset, length]` in bytes; sorted, merged, not overlapping. */
export const extentSchema = z.tuple([bytesSchema, bytesSchema])
export type Extent = z.infer<typeof extentSchema>

export const toolSchema = z.object({ name: z.string(), version: z.string().nullable() })

export const sourceDiskSchema = preparedDiskSchema.pick({ key: true, label: true, sizeBytes: true })
export const inventoryVmSchema = z.object({
  source: z.string().min(1).max(100),
  sourceKind: z.string().min(1).max(30),
  ref: z.string().min(1).max(255),
  name: vmNameSchema,
  disks: z.array(sourceDiskSchema).min(1).max(64),
})
export type InventoryVm = z.infer<typeof inventoryVmSchema>

/** The appliance's side of one disk's copy at one moment. Null: cannot be measured. */
export const remoteFactsSchema = z.object({
  /** Bytes that wait to enter the tunnel, or for the export's answer: in the transfer's send queues, or read and not acknowledged. */
  waitingBytes: bytesSchema.nullable(),
  /** What the server of the source, the transfer process and ssh were seen doing. */
  source: processStateSchema.nullable(),
  client: processStateSchema.nullable(),
  tunnel: processStateSchema.nullable(),
  /** The rate limit of the appliance held this disk up in the last second; missing: not told. */
  limited: z.boolean().nullable().optional(),
})
export type RemoteFacts = z.infer<typeof remoteFactsSchema>

/** The same as people set it, in MiB a second. */
export const limitMibSchema = z.number().int().min(LEAST_LIMIT_MIB).max(MOST_LIMIT_MIB)

/** How fast all jobs of an appliance together may send, in bytes a second; null: no limit. */
export const limitSchema = z.object({
  bytesPerSecond: z
    .number()
    .int()
    .min(1)
    .max(MOST_LIMIT_MIB * MIB)
    .nullable(),
})
export type ApplianceLimit = z.infer<typeof limitSchema>

/** Disk phases as the transfer process lives them; `reading again` only where nothing else fixes the source's state. */
export const clientPhases = ['opening', 'copying', 'flushing', 'reading again', 'done'] as const

/** One line of a job's report log on the appliance; `seq` counts from 1 without gaps. */
export const jobReportSchema = z.intersection(
  z.object({ seq: z.number().int().positive(), at: z.string() }),
  z.discriminatedUnion('type', [
    /** The client started; pid on the appliance. */
    z.object({ type: z.literal('client-started'), pid: z.number().int() }),
    /** `opening` comes again and again while it lasts. */
    z.object({ type: z.literal('phase'), key: diskKeySchema, phase: z.enum(clientPhases) }),
    z.object({
      type: z.literal('progress'),
      disks: z.array(
        z.object({
          key: diskKeySchema,
          /** Bytes of whole leaves that came from the source. */
          readBytes: bytesSchema,
          /** Bytes of whole leaves, zeros too, that the export acknowledged. */
          writtenBytes: bytesSchema,
          /** Bytes the transfer's sockets sent towards the tunnel and the kernel saw acknowledged; null: cannot measure. */
          sentBytes: bytesSchema.nullable(),
          /** While the source is read a second time: how far. */
          againBytes: bytesSchema.optional(),
          bytesPerSecond: z.number().nonnegative(),
          /** What holds the copy up, on this side of the tunnel; missing from older appliances. */
          remote: remoteFactsSchema.optional(),
        }),
      ),
    }),
    /** A FLUSH covers the digests in the first so many bytes of the disk's digest log. */
    z.object({ type: z.literal('stored'), key: diskKeySchema, logBytes: bytesSchema }),
    /** The source was read a second time, after the copy: how many leaves were compared, and how many had changed. */
    z.object({
      type: z.literal('read-again'),
      key: diskKeySchema,
      leaves: z.number().int().nonnegative(),
      differing: z.number().int().nonnegative(),
      firstOffset: bytesSchema.nullable(),
      lastOffset: bytesSchema.nullable(),
    }),
    /** A disk's copy ended. `ok` only after the last FLUSH was acknowledged. */
    z.object({ type: z.literal('disk-ended'), key: diskKeySchema, ok: z.boolean(), problem: problemSchema.nullable() }),
    /** The client ended, however it died. Always the last line. */
    z.object({
      type: z.literal('client-ended'),
      ok: z.boolean(),
      tool: toolReportSchema,
      problem: problemSchema.nullable(),
    }),
    /** The job's data tunnel ended while it was needed. The appliance dials again, the client waits for that. */
    z.object({ type: z.literal('tunnel-ended'), tool: toolReportSchema }),
    /** A new data tunnel is up. The client goes on after `jobs.resume`, or when the old session must be dead anyway. */
    z.object({ type: z.literal('tunnel-restored'), awayMs: z.number().nonnegative() }),
    /** A disk whose copy was cut goes on with what its image lacks. */
    z.object({
      type: z.literal('resumed'),
      key: diskKeySchema,
      /** What no stored piece of the digest log covers. */
      remainingBytes: bytesSchema,
      /** How much of it had been read before and is read again. */
      againBytes: bytesSchema,
    }),
  ]),
)
export type JobReport = z.infer<typeof jobReportSchema>

/** The source of a check's job: no machine's disk, but one of a known pattern. `ref` and `keys` as below. */
export const CANARY = { source: 'sendense:canary', ref: 'canary', key: 1 } as const

const empty = z.object({})
const jobRef = z.object({ jobId: idSchema })

/** method → schemas, in both directions. The server parses requests, the client parses answers. */
export const applianceMethods = {
  /** Handshake: who are you, what can you do. */
  hello: {
    input: empty,
    output: z.object({
      protocol: z.number().int(),
      buildId: z.string(),
      name: z.string(),
      startedAt: z.string(),
      now: z.string(),
      tools: z.array(toolSchema),
      sources: z.array(z.object({ name: z.string(), kind: z.string() })),
      tunnel: z.object({
        state: z.enum(['connecting', 'connected', 'waiting']),
        since: z.string(),
        lastError: z.string().nullable(),
      }),
      /** The rate limit in force; null: not known, or not told. */
      limit: limitSchema.nullable().default(null),
    }),
  },
  /** Puts a rate limit in force, on running jobs within 2 s, and keeps it. Idempotent. Answers the one in force. */
  'limit.set': { input: limitSchema, output: limitSchema },
  inventory: {
    input: empty,
    output: z.object({
      vms: z.array(inventoryVmSchema),
      /** A machine or source that could not be listed, with the reason; the rest is listed all the same. */
      problems: z.array(z.object({ source: z.string(), ref: z.string().nullable(), problem: problemSchema })),
    }),
  },
  /**
   * Begins the job: asks the source for the machine's disks, decides how the state of each is fixed, reads their extents and makes the
   * job's own key pair. Idempotent by jobId. A disk that somebody writes is refused (`source_unknown`) unless it is allowed.
   */
  'jobs.prepare': {
    input: jobRef.extend({
      source: z.string(),
      ref: z.string(),
      /** Disks that must be there: without one of them nothing is begun (`source_missing`). */
      expect: z.array(diskKeySchema).max(64).optional(),
      /** Disks of which a person allowed an unknown state. */
      allowUnknown: z.array(diskKeySchema).max(64).default([]),
    }),
    output: z.object({
      /** OpenSSH public key line of the job's ephemeral key; the private half never leaves the appliance. */
      publicKey: z.string(),
      /** All disks of the machine, as the source has them now. */
      disks: z.array(preparedDiskSchema).min(1).max(64),
    }),
  },
  /** Opens the job's own data connection, forwarding one local port to each of the hub's ports. */
  'jobs.connect': {
    input: jobRef.extend({ hubPorts: z.array(z.number().int().min(1).max(65_535)).min(1) }),
    output: z.object({
      forwards: z.array(z.object({ hubPort: z.number().int(), host: z.string(), port: z.number().int() })),
    }),
  },
  /** Opens each export through the tunnel: negotiates its name, compares its size, reads, flushes. */
  'jobs.check': {
    input: jobRef.extend({ targets: z.string() }),
    output: z.object({
      disks: z.array(
        z.object({
          key: diskKeySchema,
          ok: z.boolean(),
          sizeBytes: bytesSchema.nullable(),
          problem: problemSchema.nullable(),
        }),
      ),
    }),
  },
  /** Starts the backup client. Idempotent by jobId. */
  'jobs.start': {
    input: jobRef.extend({
      targets: z.string(),
      /** How long the client waits for a new tunnel when the job's breaks in mid-copy. */
      tunnelAwaySeconds: z.number().min(0).max(86_400).default(300),
      /** How long it waits in all, however often the tunnel comes back. */
      tunnelAwayTotalSeconds: z.number().min(0).max(604_800).default(3600),
    }),
    output: z.object({ pid: z.number().int() }),
  },
  /** After `tunnel-restored`: the hub has ended the job's older sessions, so nothing of them can still be written. */
  'jobs.resume': { input: jobRef, output: z.object({}) },
  /** Ends the job's ssh, however it stands, and dials again: the copy goes on with what the image lacks. */
  'jobs.redial': { input: jobRef, output: z.object({}) },
  /** Opens each disk of a machine read-only and lets go again: nothing is frozen, a running backup is not disturbed. */
  'jobs.probe': {
    input: jobRef.extend({
      source: z.string(),
      ref: z.string(),
      allowUnknown: z.array(diskKeySchema).max(64).default([]),
    }),
    /** All disks of the machine, as the source has them now. */
    output: z.object({ disks: z.array(probedDiskSchema).max(64) }),
  },
  /** How the appliance finds its hub: what it dials, which key it expects there. */
  'jobs.route': {
    input: jobRef,
    output: z.object({
      sshHost: z.string(),
      sshPort: z.number().int(),
      /** `<type> <base64>` */
      hostKey: z.string(),
      /** null: the host is an address, there is no name to look up. */
      lookup: z
        .object({ addresses: z.array(z.string()), ms: z.number().nonnegative(), error: z.string().nullable() })
        .nullable(),
    }),
  },
  /** Reads the canary's export back through the job's tunnel; while that connection is open, a second one is tried. */
  'jobs.canary': {
    input: jobRef.extend({ targets: z.string() }),
    output: z.object({
      /** Bytes that were read back and are as written. */
      sameBytes: bytesSchema,
      problem: problemSchema.nullable(),
      second: z.object({ ms: z.number().nonnegative(), problem: problemSchema.nullable() }),
    }),
  },
  /**
   * After the copy: closes the tunnel, lets the source go, and says of each disk whether its state was fixed. What it answered
   * is kept until `jobs.end`, so it may be asked again.
   */
  'jobs.release': { input: jobRef, output: z.object({ disks: z.array(diskVerdictSchema).max(64) }) },
  /** Ends the client at once; the rest of the job stays until `jobs.end`. */
  'jobs.cancel': { input: jobRef, output: z.object({ ended: z.boolean() }) },
  /** Ends and removes everything of the job: client, nbdkit, tunnel, key, snapshot. Idempotent; an unknown job is already clean. */
  'jobs.end': {
    input: jobRef,
    output: z.object({
      steps: z.array(z.object({ step: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
    }),
  },
} as const
export type ApplianceMethod = keyof typeof applianceMethods
export type ApplianceInput<M extends ApplianceMethod> = z.input<(typeof applianceMethods)[M]['input']>
export type ApplianceOutput<M extends ApplianceMethod> = z.output<(typeof applianceMethods)[M]['output']>

/**
 * `GET /v1/jobs/<jobId>/reports?after=<seq>` streams {@link jobReportSchema} as NDJSON, one a line, and ends after
 * `client-ended`; it sends an empty line every 2 s of silence so that a dead tunnel is noticed.
 * `GET /v1/heartbeat` streams an empty JSON object every 2 s for as long as the connection lives.
 */
export const REPORTS_PATH = (jobId: string) => `/v1/jobs/${jobId}/reports`
/** `GET …?from=&to=`: bytes of the disk's digest log (docs/formats.md), as far as a `stored` report covers them. */
export const DIGESTS_PATH = (jobId: string, key: number) => `/v1/jobs/${jobId}/digests/${key}`
export const HEARTBEAT_PATH = '/v1/heartbeat'
export const STREAM_PING_MS = 2000

/** The body of every answer that is not 2xx. */
export const applianceErrorSchema = z.object({ problem: problemSchema })
