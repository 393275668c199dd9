import { z } from 'zod'
import { limitMibSchema } from '#contracts/appliance.ts'
import { applianceNameSchema } from '#contracts/enrolment.ts'
import { idSchema } from '#contracts/ids.ts'
import { applianceViewSchema, probeResultSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

const one = z.object({ id: idSchema })

/** What an appliance prints when it is set up. */
const registrationSchema = z.object({
  name: applianceNameSchema,
  publicKey: z.string().trim().min(1, 'is needed').max(2000),
  apiToken: z.string().trim().min(16, 'is too short').max(500),
})

/** What an appliance must be told to dial in. */
const hubSchema = z.object({
  sshHost: z.string(),
  sshPort: z.number().int(),
  sshUser: z.string(),
  hostKey: z.string(),
  apiPort: z.number().int(),
})

export const appliancesRouter = router({
  list: procedure('read')
    .output(z.array(applianceViewSchema))
    .query(({ ctx }) => ctx.services.appliances.list()),

  get: procedure('read')
    .input(one)
    .output(applianceViewSchema)
    .query(({ ctx, input }) => ctx.services.appliances.get(input.id)),

  register: procedure('manage')
    .input(registrationSchema)
    .output(z.object({ appliance: applianceViewSchema, hub: hubSchema }))
    .mutation(({ ctx, input }) => ctx.services.appliances.register(input, ctx.actor)),

  /** The same words again, for an appliance that has not dialled in yet. Has the engine write its key once more. */
  howToJoin: procedure('manage')
    .input(one)
    .output(hubSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.howToJoin(input.id)),

  start: procedure('manage')
    .input(one)
    .output(applianceViewSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.start(input.id, ctx.actor)),

  stop: procedure('manage')
    .input(one)
    .output(applianceViewSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.stop(input.id, ctx.actor)),

  revoke: procedure('manage')
    .input(one)
    .output(applianceViewSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.revoke(input.id, ctx.actor)),

  /** What all its running jobs together may send; in force within 2 s, or when it is back. */
  setLimit: procedure('manage')
    .input(one.extend({ mibPerSecond: limitMibSchema.nullable() }))
    .output(applianceViewSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.setLimit(input, ctx.actor)),

  probe: procedure('probe')
    .input(one)
    .output(probeResultSchema)
    .mutation(({ ctx, input }) => ctx.services.appliances.probe(input.id)),
})
