import { type CatalogueSettings, catalogueSettingsSchema, defaultCatalogueSettings } from '#contracts/catalogue.ts'
import type { Db } from './client.ts'

/** How often the catalogue is held against the disk. */
export async function readCatalogueSettings(db: Db): Promise<CatalogueSettings> {
  const row = await db.installation.findUnique({ where: { id: 1 }, select: { lookEverySeconds: true } })
  const parsed = catalogueSettingsSchema.safeParse(row)
  return parsed.success ? parsed.data : defaultCatalogueSettings
}

export async function writeCatalogueSettings(db: Db, settings: CatalogueSettings): Promise<void> {
  await db.installation.upsert({ where: { id: 1 }, create: { id: 1, ...settings }, update: settings })
}
