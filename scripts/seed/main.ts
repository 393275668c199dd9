import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { openDatabase } from '#server/db/client.ts'
import { migrate } from '#server/db/migrate.ts'
import { type HubEnv, readEnv } from '#server/env.ts'
import { startPostgres, stopPostgres } from '#server/launcher/postgres/start.ts'
import { type Options, parseOptions } from './options.ts'
import { countRealBackups } from './remove.ts'
import { seed } from './seed.ts'

/** The hub's own database: the one it is told, or the embedded one, which is started when the hub is down. */
async function databaseOf(env: HubEnv, made: AsyncDisposableStack): Promise<string> {
  if (env.databaseUrl !== null) return env.databaseUrl
  await mkdir(env.paths.log, { recursive: true })
  const server = await startPostgres({
    directory: env.paths.postgres,
    logFile: path.join(env.paths.log, 'postgres.log'),
  })
  if (server.started) made.defer(async () => void (await stopPostgres(server.identity)))
  return server.url
}

async function main(options: Options): Promise<void> {
  await using made = new AsyncDisposableStack()
  const url = await databaseOf(readEnv(), made)
  await migrate(url, path.resolve(import.meta.dirname, '../../prisma/migrations'))
  const prisma = openDatabase(url)
  made.defer(() => prisma.$disconnect())
  const real = await countRealBackups(prisma)
  if (real > 0 && !options.force)
    throw new Error(
      `This database has ${real} real restore points. Nothing was changed. --force seeds it all the same.`,
    )
  const began = performance.now()
  const { vmIds, restorePoints, jobs } = await seed(prisma, options)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${vmIds.length} machines, ${jobs} jobs, ${restorePoints} restore points in ${seconds} s.`)
}

try {
  await main(parseOptions(process.argv.slice(2)))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
