import { ProblemError } from '#contracts/problem.ts'
import type { TunnelView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import { activeState } from '../db/active.ts'
import { appendEvent } from '../db/events.ts'
import { openResources } from '../db/resources.ts'
import { fingerprint } from '../drivers/ssh/driver.ts'
import type { EngineContext } from './context.ts'
import type { DataKey } from './key-file.ts'
import { toTunnelView } from './tunnel-view.ts'

/** Every living SSH session with whose it is: an appliance's control tunnel, a job's data tunnel, or nobody knows. */
export async function listTunnels({ prisma, sshd }: EngineContext): Promise<TunnelView[]> {
  const [sessions, appliances, rows] = await Promise.all([
    sshd.sessions(),
    prisma.appliance.findMany({ select: { id: true, name: true, fingerprint: true } }),
    openResources(prisma, { kind: 'data-key' }),
  ])
  const keys = new Map(rows.map(({ identity, data }) => [identity, fingerprint((data as DataKey).publicKey)]))
  const jobs = await prisma.job.findMany({
    where: { id: { in: [...keys.keys()] } },
    select: { id: true, applianceId: true, backupId: true },
  })
  const checks = await prisma.check.findMany({
    where: { id: { in: [...keys.keys()] } },
    select: { id: true, applianceId: true },
  })
  const owned = [...jobs, ...checks.map((check) => ({ ...check, backupId: null }))]
  const owners = { appliances, jobs: owned.map((job) => ({ ...job, fingerprint: keys.get(job.id) ?? '' })) }
  return sessions.map((session) => toTunnelView(session, owners))
}

/** Ends one session. @throws ProblemError `not_found`, `busy` when a running backup needs it */
export async function stopTunnel(ctx: EngineContext, tunnelId: string): Promise<void> {
  const tunnel = (await listTunnels(ctx)).find(({ id }) => id === tunnelId)
  if (!tunnel)
    throw new ProblemError({
      code: 'not_found',
      happened: 'This tunnel has ended already.',
      safe: 'Nothing was changed.',
    })
  const running = tunnel.jobId !== null && { id: tunnel.jobId, state: activeState }
  if (running && (await ctx.prisma.job.count({ where: running })) > 0)
    throw new ProblemError({
      code: 'busy',
      happened: 'A running backup copies through this tunnel.',
      safe: 'It goes on undisturbed.',
      remedy: 'Cancel the backup: its tunnel ends with it.',
    })
  const session = (await ctx.sshd.sessions()).find(({ pid }) => pid === tunnel.pid)
  if (session) await ctx.sshd.endSession(session)
  await appendEvent(ctx.prisma, { kind: 'tunnels.changed' })
}

const REDIAL_MS = 8000

/**
 * Has a running backup's own tunnel dialled again: the appliance ends its ssh, however that stands. One that can't be asked
 * sees its session end. @throws ProblemError `not_found`, `conflict` when the backup copies nothing (any more)
 */
export async function restartTunnel(ctx: EngineContext, jobId: string): Promise<void> {
  const { prisma, sshd, sessions, log } = ctx
  const job = await prisma.job.findUnique({ where: { id: jobId } })
  if (!job) throw new ProblemError({ code: 'not_found', happened: 'There is no such backup.' })
  const [key] = await openResources(prisma, { kind: 'data-key', jobId })
  if (job.state !== 'copying' || !key)
    throw new ProblemError({
      code: 'conflict',
      happened: `${job.backupId} has no tunnel that it copies through now (it is ${job.state}).`,
      safe: 'Nothing was changed.',
    })
  await appendEvent(
    prisma,
    { kind: 'job.step', step: 'tunnel', outcome: 'info', message: 'The tunnel is restarted: somebody asked for it.' },
    jobId,
  )
  try {
    await sessions.client(job.applianceId).call('jobs.redial', { jobId }, { timeoutMs: REDIAL_MS })
  } catch (err) {
    log.warn({ err, jobId }, 'the appliance could not be asked to dial again; its session is ended here')
    await sshd.endSessionsOf(fingerprint((key.data as DataKey).publicKey))
  }
  await appendEvent(prisma, { kind: 'tunnels.changed' })
}

/** Ends an appliance's control tunnel and waits until it has dialled again. @throws ProblemError `deadline` */
export async function redial(ctx: EngineContext, applianceId: string): Promise<TunnelView> {
  const appliance = await ctx.prisma.appliance.findUnique({ where: { id: applianceId } })
  if (!appliance) throw new ProblemError({ code: 'not_found', happened: 'There is no such appliance.' })
  const began = new Date()
  await ctx.sshd.endSessionsOf(appliance.fingerprint)
  const online = await waitFor(
    async () => {
      const row = await ctx.prisma.appliance.findUnique({ where: { id: applianceId } })
      if (row?.state !== 'online' || (row.connectedAt ?? began) <= began) return null
      return (await listTunnels(ctx)).find((tunnel) => tunnel.kind === 'control' && tunnel.applianceId === applianceId)
    },
    { deadlineMs: 35_000, everyMs: 200 },
  )
  if (online) return online
  throw new ProblemError({
    code: 'deadline',
    happened: `${appliance.name} did not dial again within 35 s.`,
    safe: 'Restore points are not affected.',
    remedy: 'See on the appliance whether its service runs and reaches the hub’s SSH port.',
  })
}

/**
 * Ends the control sessions through which a lost appliance was heard last. One whose packets vanish does not notice for
 * up to 40 s, and holds the port that the appliance's next dial needs.
 */
export async function endStaleControl({ prisma, sshd }: EngineContext, applianceId: string, heardAt: Date) {
  const appliance = await prisma.appliance.findUnique({ where: { id: applianceId }, select: { fingerprint: true } })
  const sessions = (await sshd.sessions()).filter((session) => session.fingerprint === appliance?.fingerprint)
  for (const session of sessions) if (session.since <= heardAt) await sshd.endSession(session)
}
