import { catalogueSettingsSchema } from '#contracts/catalogue.ts'
import { thresholdsSchema } from '#contracts/thresholds.ts'
import { procedure, router } from '../init.ts'

export const settingsRouter = router({
  thresholds: procedure('read')
    .output(thresholdsSchema)
    .query(({ ctx }) => ctx.services.settings.thresholds()),

  /** Replaces them all. */
  setThresholds: procedure('manage')
    .input(thresholdsSchema)
    .output(thresholdsSchema)
    .mutation(({ ctx, input }) => ctx.services.settings.setThresholds(input, ctx.actor)),

  catalogue: procedure('read')
    .output(catalogueSettingsSchema)
    .query(({ ctx }) => ctx.services.settings.catalogue()),

  setCatalogue: procedure('manage')
    .input(catalogueSettingsSchema)
    .output(catalogueSettingsSchema)
    .mutation(({ ctx, input }) => ctx.services.settings.setCatalogue(input, ctx.actor)),
})
