import { z } from 'zod'
import { lookResultSchema } from '#contracts/catalogue.ts'
import { checkSubjectSchema, vmCheckSchema } from '#contracts/check.ts'
import { applianceNameSchema, challengeSchema, enrolmentGrantSchema } from '#contracts/enrolment.ts'
import { cleaningChoiceSchema, cleaningResultSchema, housekeepingViewSchema } from '#contracts/housekeeping.ts'
import { idSchema } from '#contracts/ids.ts'
import { exportViewSchema, probeResultSchema, repositoryCheckSchema, tunnelViewSchema } from '#contracts/views.ts'

const none = z.object({})
const done = z.object({ done: z.literal(true) })
const address = z.object({ sshHost: z.string(), sshPort: z.number().int(), sshUser: z.string(), hostKey: z.string() })

/** What web may ask of the engine: kind → schemas, both ways. */
export const engineCommands = {
  ping: { input: none, output: z.object({ buildId: z.string() }) },
  'vms.refresh': {
    input: z.object({ applianceId: idSchema }),
    output: z.object({ found: z.number().int(), problems: z.array(z.string()) }),
  },
  'appliances.apply': {
    input: z.object({ applianceId: idSchema }),
    output: address,
  },
  'appliances.revoke': { input: z.object({ applianceId: idSchema }), output: done },
  'appliances.probe': { input: z.object({ applianceId: idSchema }), output: probeResultSchema },
  'hub.address': { input: none, output: address },
  'enrolments.challenge': { input: z.object({ enrolmentId: idSchema, nonce: z.string() }), output: challengeSchema },
  'enrolments.approve': {
    input: z.object({ enrolmentId: idSchema, name: applianceNameSchema, userId: z.string().nullable() }),
    output: z.object({ applianceId: idSchema }),
  },
  'enrolments.grant': { input: z.object({ enrolmentId: idSchema }), output: enrolmentGrantSchema },
  'tunnels.list': { input: none, output: z.object({ tunnels: z.array(tunnelViewSchema) }) },
  'tunnels.start': { input: z.object({ applianceId: idSchema }), output: tunnelViewSchema },
  'tunnels.restart': { input: z.object({ jobId: idSchema }), output: done },
  'tunnels.stop': { input: z.object({ tunnelId: z.string() }), output: done },
  'exports.list': { input: none, output: z.object({ exports: z.array(exportViewSchema) }) },
  'exports.start': { input: z.object({ backupDiskId: idSchema }), output: exportViewSchema },
  'exports.stop': { input: z.object({ exportId: idSchema }), output: done },
  'exports.probe': { input: z.object({ exportId: idSchema }), output: probeResultSchema },
  'repositories.check': { input: z.object({ path: z.string() }), output: repositoryCheckSchema },
  'checks.start': {
    input: z.object({
      subject: checkSubjectSchema,
      repositoryId: idSchema.nullable(),
      reason: vmCheckSchema.shape.reason,
      userId: z.string().nullable(),
    }),
    output: z.object({ check: vmCheckSchema }),
  },
  'housekeeping.survey': { input: none, output: housekeepingViewSchema },
  'housekeeping.clean': { input: cleaningChoiceSchema, output: cleaningResultSchema },
  'repositories.create': {
    input: z.object({ repositoryId: idSchema, name: z.string(), path: z.string() }),
    /** Another id than the one given when a forgotten repository is taken up again. */
    output: z.object({ repositoryId: idSchema }),
  },
  'repositories.look': { input: z.object({ repositoryId: idSchema }), output: lookResultSchema },
  'repositories.probe': { input: z.object({ repositoryId: idSchema }), output: probeResultSchema },
} as const
export type CommandKind = keyof typeof engineCommands
export type CommandInput<K extends CommandKind> = z.output<(typeof engineCommands)[K]['input']>
export type CommandOutput<K extends CommandKind> = z.output<(typeof engineCommands)[K]['output']>
