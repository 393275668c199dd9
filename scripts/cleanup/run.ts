import type { HousekeepingView } from '#contracts/housekeeping.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { createHub, type Hub } from '#server/container.ts'
import { openDatabase } from '#server/db/client.ts'
import type { HubEnv } from '#server/env.ts'
import { findDatabase, surveyOffline } from './offline.ts'
import type { CleanupOptions } from './options.ts'
import type { CleanupReport } from './report.ts'

const DOWN =
  'Nothing was cleaned: the engine is down, and only it knows which backups the next start takes up. Start the hub (npm start): it cleans by itself at its start.'

async function jobIdOf({ prisma }: Hub, name: string): Promise<string> {
  const where = idSchema.safeParse(name).success ? { id: name } : { backupId: name }
  const job = await prisma.job.findUnique({ where, select: { id: true } })
  if (job) return job.id
  throw new ProblemError({ code: 'not_found', happened: `This hub has no job and no backup called "${name}".` })
}

const ofJob = (view: HousekeepingView, jobId: string | null): HousekeepingView =>
  jobId === null ? view : { ...view, orphans: view.orphans.filter((orphan) => orphan.jobId === jobId) }

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

/** @throws ProblemError when it could not be looked at all */
export async function runCleanup(env: HubEnv, options: CleanupOptions): Promise<CleanupReport> {
  const url = await findDatabase(env)
  if (url === null)
    throw new ProblemError({
      code: 'unavailable',
      happened: `The hub in ${env.home} is not running: its database is down, so nobody can say what is whose.`,
      safe: 'Nothing was changed.',
      remedy: 'Start the hub (npm start): it cleans by itself at its start. Or set SENDENSE_HOME or DATABASE_URL.',
    })
  await requireDatabase(url)
  await using hub = await createHub({ ...env, databaseUrl: url })
  const jobId = options.job === null ? null : await jobIdOf(hub, options.job)
  const { engine } = await hub.services.health()
  const base = { engine, applied: false, outcomes: [], refused: null }
  if (!engine) {
    const view = ofJob(await surveyOffline(env, hub.prisma), jobId)
    return { ...base, view, refused: options.apply ? DOWN : null }
  }
  const { housekeeping } = hub.services
  if (!options.apply) return { ...base, view: ofJob(await housekeeping.survey(), jobId) }
  const choice = jobId === null ? {} : { jobId }
  const { outcomes, view } = await housekeeping.clean(choice, { userId: null })
  return { ...base, applied: true, outcomes, view: ofJob(view, jobId) }
}
