import { createCallerFactory, router } from '../init.ts'
import { appliancesRouter } from './appliances.ts'
import { auditRouter } from './audit.ts'
import { backupsRouter } from './backups.ts'
import { checksRouter } from './checks.ts'
import { enrolmentsRouter } from './enrolments.ts'
import { eventsRouter } from './events.ts'
import { exportsRouter } from './exports.ts'
import { housekeepingRouter } from './housekeeping.ts'
import { overviewRouter } from './overview.ts'
import { peopleRouter } from './people.ts'
import { repositoriesRouter } from './repositories.ts'
import { secretsRouter } from './secrets.ts'
import { sessionsRouter } from './sessions.ts'
import { settingsRouter } from './settings.ts'
import { setupRouter } from './setup.ts'
import { supportRouter } from './support.ts'
import { systemRouter } from './system.ts'
import { tokensRouter } from './tokens.ts'
import { tunnelsRouter } from './tunnels.ts'
import { vmsRouter } from './vms.ts'

export const appRouter = router({
  appliances: appliancesRouter,
  backups: backupsRouter,
  checks: checksRouter,
  enrolments: enrolmentsRouter,
  events: eventsRouter,
  exports: exportsRouter,
  overview: overviewRouter,
  housekeeping: housekeepingRouter,
  repositories: repositoriesRouter,
  secrets: secretsRouter,
  settings: settingsRouter,
  setup: setupRouter,
  support: supportRouter,
  system: systemRouter,
  tunnels: tunnelsRouter,
  audit: auditRouter,
  people: peopleRouter,
  sessions: sessionsRouter,
  tokens: tokensRouter,
  vms: vmsRouter,
})
export type AppRouter = typeof appRouter
export const createCaller = createCallerFactory(appRouter)
