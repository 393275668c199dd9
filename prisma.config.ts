import path from 'node:path'
import { defineConfig } from 'prisma/config'

// Prisma's CLI downloads its schema engine at first use; the published WASM engine needs no download.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.resolve('scripts/db/schema-engine.mjs')
process.env.CHECKPOINT_DISABLE ??= '1'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
})
