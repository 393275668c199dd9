import { userInfo } from 'node:os'
import path from 'node:path'
import type { HousekeepingView } from '#contracts/housekeeping.ts'
import { isAlive } from '#lib/process/procfs.ts'
import type { PrismaClient } from '#server/db/client.ts'
import { decide } from '#server/domain/housekeeping/decide.ts'
import type { SshSession } from '#server/drivers/ssh/driver.ts'
import { LoginLog } from '#server/drivers/ssh/login-log.ts'
import { findListener, servedConnections, startedAt } from '#server/drivers/ssh/sessions.ts'
import type { HubEnv } from '#server/env.ts'
import { look } from '#server/jobs/housekeeping/look.ts'
import { databaseUrl } from '#server/launcher/postgres/config.ts'
import { livingPostmaster } from '#server/launcher/postgres/postmaster-pid.ts'

/** The database of the hub: the one that is set, or the embedded one if it runs. */
export async function findDatabase(env: HubEnv): Promise<string | null> {
  if (env.databaseUrl !== null) return env.databaseUrl
  const living = await livingPostmaster(path.join(env.paths.postgres, 'data'))
  return living && (await isAlive(living.identity)) ? databaseUrl(living.file.socketDir) : null
}

/** Sessions of a hub's sshd without its engine. The log is read and never cut. */
async function sessionsOf(env: HubEnv): Promise<SshSession[]> {
  const user = process.getuid?.() === 0 ? 'sendense-tunnel' : userInfo().username
  const listener = await findListener(path.join(env.paths.ssh, 'sshd_config'))
  const served = await servedConnections(env.ssh, listener?.pid ?? 0)
  if (served.length === 0) return []
  const log = new LoginLog(path.join(env.paths.ssh, 'sshd.log'), user, Number.POSITIVE_INFINITY)
  const logins = await log.read(new Set(served.map(({ peer }) => peer)))
  return Promise.all(
    served.map(async ({ pid, start, peer, listening }) => ({
      ...{ pid, start, peer: peer.replace(' ', ':'), fingerprint: logins.get(peer) ?? 'unknown' },
      since: await startedAt({ pid, start }),
      listenPorts: listening.map(({ port }) => port),
    })),
  )
}

/** What is left over as far as it can be seen without the engine. Changes nothing. */
export async function surveyOffline(env: HubEnv, prisma: PrismaClient): Promise<HousekeepingView> {
  const facts = await look({ env, prisma, settleMs: 60_000, sessions: () => sessionsOf(env), busyJobs: () => [] })
  const { findings, foreign } = decide(facts)
  return {
    lookedAt: facts.now.toISOString(),
    cleanedAt: null,
    nextRunAt: null,
    everySeconds: env.housekeepingMs / 1000,
    orphans: findings.map(({ orphan }) => orphan),
    foreign,
    notSeen: facts.notSeen,
  }
}
