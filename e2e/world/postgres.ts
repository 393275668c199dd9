import path from 'node:path'
import { runMigrations } from 'graphile-worker'
import { migrate } from '#server/db/migrate.ts'
import { startPostgres, stopPostgres } from '#server/launcher/postgres/start.ts'
import { checkout } from './appliance.ts'
import { execute, type TestServer, withDatabase } from './database.ts'
import { testDirectory } from './files.ts'
import { sweepAbandoned } from './sweep.ts'

const TEMPLATE = 'sendense_template'

/**
 * Starts an embedded PostgreSQL as the launcher does, in a directory of its own, with a template database that has
 * every migration (ours and the queue's). Dispose ends it and removes the directory.
 * First sweeps up what killed runs left.
 */
export async function startTestPostgres(): Promise<TestServer & AsyncDisposable> {
  await sweepAbandoned()
  await using made = new AsyncDisposableStack()
  const directory = made.use(await testDirectory('pg')).path
  const logFile = path.join(directory, 'postgres.log')
  const server = await startPostgres({ directory: path.join(directory, 'postgres'), logFile })
  made.defer(async () => void (await stopPostgres(server.identity)))
  await execute(server.url, `CREATE DATABASE ${TEMPLATE}`)
  const template = withDatabase(server.url, TEMPLATE)
  await migrate(template, path.join(checkout, 'prisma/migrations'))
  await runMigrations({ connectionString: template })
  const ending = made.move()
  return { adminUrl: server.url, template: TEMPLATE, [Symbol.asyncDispose]: () => ending.disposeAsync() }
}
