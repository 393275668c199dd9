import path from 'node:path'
import { toProblem } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'
import { exportRowsOf, jobsNamed, openLedger } from '../../db/housekeeping.ts'
import type { Facts } from '../../domain/housekeeping/facts.ts'
import { fingerprint, type SshSession } from '../../drivers/ssh/driver.ts'
import type { EngineContext } from '../../engine/context.ts'
import { lookAtExportFiles, lookAtRepository, lookForTemporaries, type RepositoryLook } from './look-files.ts'
import { lookAtPorts, lookAtProcesses } from './look-processes.ts'
import { lookAtKeys, lookAtSessions } from './look-sessions.ts'
import { unlistedIn } from './unlisted.ts'

export interface LookOptions {
  env: EngineContext['env']
  prisma: PrismaClient
  /** Living sessions of our sshd. */
  sessions: () => Promise<SshSession[]>
  busyJobs: () => Iterable<string>
  settleMs: number
}

export interface Look extends Facts {
  notSeen: { what: string; why: string }[]
}

/** Finished directories that are listed one by one; the rest is counted. */
const MAX_UNLISTED = 200

async function lookAtRepositories(prisma: PrismaClient) {
  const looks: (RepositoryLook & { repository: { id: string; path: string } })[] = []
  const paths: string[] = []
  const notSeen: Look['notSeen'] = []
  for (const repository of await prisma.repository.findMany({ orderBy: { name: 'asc' } })) {
    const what = `Repository ${repository.name}`
    try {
      const look = await lookAtRepository(repository)
      if (!look) notSeen.push({ what, why: `${repository.path} has not its identity file: its disk is not mounted.` })
      else {
        looks.push({ ...look, repository })
        paths.push(repository.path)
      }
    } catch (error) {
      notSeen.push({ what, why: toProblem(error).happened })
    }
  }
  return { looks, paths, notSeen }
}

function keyPrintsOf(rows: Facts['rows']): Map<string, string> {
  const keys = rows.filter(({ kind }) => kind === 'data-key')
  return new Map(keys.map(({ id, data }) => [id, fingerprint((data as { publicKey: string }).publicKey)]))
}

/**
 * Everything there is to judge. The host is looked at first and the record last: what is made meanwhile is on record before it
 * exists, so that nothing on the host can look as if it had no owner.
 */
export async function look(options: LookOptions): Promise<Look> {
  const { env, prisma } = options
  const busyJobs = new Set(options.busyJobs())
  const listening = await lookAtPorts(env.exportPorts)
  const processes = await lookAtProcesses(listening)
  const sessions = await lookAtSessions(await options.sessions(), listening)
  const keyLines = await lookAtKeys(env.paths.ssh)
  const exportFiles = await lookAtExportFiles(env.paths.exports)
  const { looks, paths, notSeen } = await lookAtRepositories(prisma)
  const launcher = path.join(env.home, 'launcher')
  const temporaries = await lookForTemporaries([env.paths.ssh, env.paths.secrets, launcher, ...paths])

  const unlisted: string[] = []
  for (const one of looks) unlisted.push(...(await unlistedIn(prisma, one)))
  const rows = await openLedger(prisma)
  const exportRows = await exportRowsOf(
    prisma,
    processes.flatMap(({ mark }) => mark ?? []),
  )
  const partials = looks.flatMap((one) => one.partials)
  const ids = [...rows.map(({ jobId }) => jobId), ...[...exportRows.values()].map(({ jobId }) => jobId)]
  const owners = keyLines.flatMap(({ kind, owner }) => (kind === 'data' && owner !== null ? [owner] : []))
  const jobs = await jobsNamed(prisma, {
    ids: [...ids.filter((id) => id !== null), ...owners],
    backupIds: partials.map(({ backupId }) => backupId),
  })
  const appliances = await prisma.appliance.findMany({ orderBy: { name: 'asc' } })
  for (const { name, enabled, state } of appliances)
    if (enabled && state !== 'online')
      notSeen.push({ what: `Appliance ${name}`, why: 'It is not connected: what it still holds cannot be asked.' })
  return {
    now: new Date(),
    settleMs: options.settleMs,
    busyJobs: new Set([...busyJobs, ...options.busyJobs()]),
    jobs: new Map(jobs.map((job) => [job.id, job])),
    rows,
    processes: processes
      .map((process) => ({ ...process, row: exportRows.get(process.mark ?? '') ?? null }))
      .filter(({ row, program }) => row !== null || program.startsWith('qemu-nbd')),
    listening,
    partials: partials.map((partial) => ({
      ...partial,
      jobId: jobs.find(({ backupId }) => backupId === partial.backupId)?.id ?? null,
    })),
    exportFiles,
    temporaries,
    unlisted: { paths: unlisted.slice(0, MAX_UNLISTED), more: Math.max(0, unlisted.length - MAX_UNLISTED) },
    strangers: looks.flatMap((one) => one.strangers),
    keyLines,
    sessions,
    appliances: appliances.map(({ id, name, fingerprint, apiPort, enabled, state }) => ({
      ...{ id, name, fingerprint, apiPort, enabled },
      online: state === 'online',
    })),
    keyPrints: keyPrintsOf(rows),
    notSeen,
  }
}
