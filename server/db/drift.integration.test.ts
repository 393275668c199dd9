import path from 'node:path'
import { expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { run } from '#lib/process/run.ts'

const checkout = path.resolve(import.meta.dirname, '../..')
const prisma = path.join(checkout, 'node_modules/prisma/build/index.js')

it('the migrations make the schema, and nothing else', async () => {
  await using database = await testDatabase()
  const between = ['--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma']
  const result = await run(process.execPath, [prisma, 'migrate', 'diff', ...between, '--script'], {
    cwd: checkout,
    env: { ...process.env, DATABASE_URL: database.url },
    timeoutMs: 60_000,
  })
  expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('empty migration') })
}, 90_000)
