import type { HousekeepingView } from '#contracts/housekeeping.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { openRunningHub } from '#scripts/hub/open.ts'
import type { Hub } from '#server/container.ts'
import type { HubEnv } from '#server/env.ts'
import { surveyOffline } from './offline.ts'
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

/** @throws ProblemError when it could not be looked at all */
export async function runCleanup(env: HubEnv, options: CleanupOptions): Promise<CleanupReport> {
  await using hub = await openRunningHub(env)
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
