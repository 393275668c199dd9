import { z } from 'zod'
import { applianceNameSchema, enrolmentViewSchema, newPairingCodeSchema } from '#contracts/enrolment.ts'
import { idSchema } from '#contracts/ids.ts'
import { procedure, router } from '../init.ts'

const one = z.object({ id: idSchema })

export const enrolmentsRouter = router({
  list: procedure('read')
    .output(z.array(enrolmentViewSchema))
    .query(({ ctx }) => ctx.services.enrolments.list()),

  offer: procedure('manage')
    .output(newPairingCodeSchema)
    .mutation(({ ctx }) => ctx.services.enrolments.offer(ctx.actor)),

  approve: procedure('manage')
    .input(one.extend({ name: applianceNameSchema }))
    .output(enrolmentViewSchema)
    .mutation(({ ctx, input }) => ctx.services.enrolments.approve(input, ctx.actor)),

  reject: procedure('manage')
    .input(one)
    .output(enrolmentViewSchema)
    .mutation(({ ctx, input }) => ctx.services.enrolments.reject(input.id, ctx.actor)),

  withdraw: procedure('manage')
    .input(one)
    .output(enrolmentViewSchema)
    .mutation(({ ctx, input }) => ctx.services.enrolments.withdraw(input.id, ctx.actor)),
})
