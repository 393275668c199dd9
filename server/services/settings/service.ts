import { readCatalogueSettings, writeCatalogueSettings } from '../../db/catalogue-settings.ts'
import type { PrismaClient } from '../../db/client.ts'
import { readThresholds, writeThresholds } from '../../db/thresholds.ts'
import type { HubServices } from '../api.ts'

/** What people set for the whole hub. */
export function createSettings(prisma: PrismaClient): HubServices['settings'] {
  return {
    thresholds: () => readThresholds(prisma),
    async setThresholds(thresholds) {
      await writeThresholds(prisma, thresholds)
      return readThresholds(prisma)
    },
    catalogue: () => readCatalogueSettings(prisma),
    async setCatalogue(settings) {
      await writeCatalogueSettings(prisma, settings)
      return readCatalogueSettings(prisma)
    },
  }
}
