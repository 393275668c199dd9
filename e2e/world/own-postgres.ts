import path from 'node:path'
import { runMigrations } from 'graphile-worker'
import { signalProcess, stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { tailFile } from '#lib/process/tail.ts'
import { migrate } from '#server/db/migrate.ts'
import { startPostgres, stopPostgres } from '#server/launcher/postgres/start.ts'
import { checkout } from './appliance.ts'
import type { Part } from './processes.ts'

/** PostgreSQL in a hub's home, as the launcher makes it there: a test may stop it, and a launcher adopts it. */
export async function ownPostgres(home: string, logFile: string): Promise<Part & { url: string }> {
  const options = { directory: path.join(home, 'postgres'), logFile }
  let startedAt = Date.now()
  let server = await startPostgres(options)
  const { url } = server
  await migrate(url, path.join(checkout, 'prisma/migrations'))
  await runMigrations({ connectionString: url })
  return {
    name: 'postgres',
    url,
    logFile,
    get pid() {
      return server.identity.pid
    },
    get startedAt() {
      return startedAt
    },
    alive: () => isAlive(server.identity),
    stop: async (graceMs) => void (await stopPostgres(server.identity, graceMs)),
    kill: async () => {
      await signalProcess(server.identity, 'SIGKILL', false)
      await stopProcess(server.identity, 0)
    },
    restart: async () => {
      startedAt = Date.now()
      server = await startPostgres(options)
    },
    log: (lines = 40) => tailFile(logFile, lines),
  }
}
