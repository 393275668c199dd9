import { ProblemError } from '#contracts/problem.ts'
import { createHub, type Hub } from '#server/container.ts'
import { openDatabase } from '#server/db/client.ts'
import type { HubEnv } from '#server/env.ts'
import { findDatabase } from '../cleanup/offline.ts'

/** Asked first: what waits for a database to come back would wait for ever. */
async function requireDatabase(url: string): Promise<void> {
  const prisma = openDatabase(url)
  try {
    await prisma.$queryRaw`SELECT 1`
  } catch (error) {
    throw new ProblemError({
      code: 'unavailable',
      happened: `The database does not answer: ${error instanceof Error ? error.message : String(error)}`,
      safe: 'Nothing was changed.',
      remedy: 'Start the database, or correct DATABASE_URL.',
    })
  } finally {
    await prisma.$disconnect()
  }
}

/**
 * The hub of this machine for a command in a terminal, by its own database.
 * @throws ProblemError `unavailable` when its database does not run
 */
export async function openRunningHub(env: HubEnv): Promise<Hub> {
  const url = await findDatabase(env)
  if (url === null)
    throw new ProblemError({
      code: 'unavailable',
      happened: `The hub in ${env.home} is not running: its database is down.`,
      safe: 'Nothing was changed.',
      remedy: 'Start the hub (npm start), or set SENDENSE_HOME or DATABASE_URL.',
    })
  await requireDatabase(url)
  return createHub({ ...env, databaseUrl: url })
}
