import { agedLedger } from '#contracts/aged-ledger.ts'
import type { Verdict } from '#contracts/diagnosis.ts'
import { isTerminal, type JobState } from '#contracts/job.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { Thresholds } from '#contracts/thresholds.ts'
import { activeState } from '../../db/active.ts'
import type { PrismaClient } from '../../db/client.ts'
import { jobFacts, newestCursor, newestProgress, secondsSince } from '../../db/events.ts'
import { momentsOf, samplesOf, verdictsOf } from '../../db/samples.ts'
import { currentLimits } from '../../db/standing.ts'
import { readThresholds } from '../../db/thresholds.ts'
import { diagnose } from '../../domain/diagnosis/diagnose.ts'
import type { HubServices } from '../api.ts'
import { found } from '../found.ts'
import { replayTimes } from './replay.ts'
import { toJobSamples } from './samples.ts'
import { startBackup } from './start.ts'
import {
  backupInclude,
  summaryInclude,
  toBackupView,
  toJobSummary,
  toJobView,
  type ViewRow,
  viewInclude,
} from './views.ts'

const isUuid = (id: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)
/** A text that `contains` takes as it is: PostgreSQL would read these as patterns. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, '\\$&')
const like = (text: string) => ({ contains: literally(text), mode: 'insensitive' as const })
const byEither = (id: string) => (isUuid(id) ? { id } : { backupId: id })

/** How a job stands by what the database says alone: its phase, and how long it is in it. */
function unmeasured(job: ViewRow, thresholds: Thresholds) {
  const facts = {
    state: job.state,
    stateSeconds: (Date.now() - job.stateSince.getTime()) / 1000,
    disks: job.disks.map(({ key, state, dataBytes }) => ({
      ...{ key, state, track: null },
      dataBytes: dataBytes === null ? null : Number(dataBytes),
    })),
  }
  return diagnose(facts, thresholds)
}

/** Backups: asked for, listed, watched, cancelled. */
export function createBackups(prisma: PrismaClient): HubServices['backups'] {
  const service: HubServices['backups'] = {
    start: (input, actor) => startBackup(prisma, input, actor),

    async list({ vmId, active, state, search, cursor, limit = 50 }) {
      const rows = await prisma.job.findMany({
        where: {
          ...(vmId ? { vmId } : {}),
          ...(active ? { state: activeState } : {}),
          ...(state ? { state } : {}),
          ...(search ? { OR: [{ vm: { name: like(search) } }, { backupId: like(search) }] } : {}),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
        ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
        include: summaryInclude,
      })
      const items = rows.slice(0, limit).map(toJobSummary)
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },

    async get(id) {
      // The cursor is read first: what happens in between is delivered twice at worst, and figures are states, not sums.
      const cursor = await newestCursor(prisma)
      const job = found(await prisma.job.findUnique({ where: byEither(id), include: viewInclude }), 'backup', id)
      const progress = isTerminal(job.state) ? null : await newestProgress(prisma, job.id)
      const figures = progress?.data.kind === 'job.progress' ? progress.data : null
      // Figures of a former state say nothing of this one.
      const fresh = progress !== null && Date.parse(progress.at) >= job.stateSince.getTime()
      const thresholds = await readThresholds(prisma)
      const measured = fresh ? figures?.ledger : null
      const copying = job.state === 'copying'
      const ageSeconds = copying && fresh ? Math.max(0, await secondsSince(prisma, progress)) : 0
      const lateAfterSeconds = thresholds.copying.hardSeconds
      const ledger = measured ? agedLedger(measured, ageSeconds, lateAfterSeconds) : unmeasured(job, thresholds)
      const shown = {
        etaSeconds: figures?.etaSeconds ?? null,
        ledger: isTerminal(job.state) ? null : ledger,
        figures: copying ? { seq: progress?.seq ?? cursor, ageSeconds, lateAfterSeconds } : null,
      }
      return toJobView(job, cursor, shown, await currentLimits(prisma))
    },

    async verdict(id) {
      const { id: jobId, backupId, state, stateSince, ledger } = await service.get(id)
      const { verdict = await lastWord(prisma, jobId, state), disks = [] } = ledger ?? {}
      return { jobId, backupId, state, stateSince, readAt: new Date().toISOString(), verdict, disks }
    },

    async cancel(id) {
      const job = found(await prisma.job.findUnique({ where: byEither(id), include: summaryInclude }), 'backup', id)
      const asked = await prisma.$transaction(async (tx) => {
        const { count } = await tx.job.updateMany({
          where: { id: job.id, state: activeState },
          data: { cancelRequestedAt: job.cancelRequestedAt ?? new Date() },
        })
        if (count > 0) {
          await tx.$executeRaw`SELECT pg_notify('sendense_cancel', ${job.id})`
          await tx.$queryRaw`SELECT id FROM graphile_worker.add_job('jobs', '{}'::json, job_key => 'jobs')`
        }
        return count > 0
      })
      if (!asked)
        throw new ProblemError({
          code: 'conflict',
          happened: `${job.backupId} has ended already (${job.state}).`,
          safe: 'Nothing was changed.',
        })
      return toJobSummary(await prisma.job.findUniqueOrThrow({ where: { id: job.id }, include: summaryInclude }))
    },

    async events(jobId) {
      const job = found(await prisma.job.findUnique({ where: byEither(jobId), select: { id: true } }), 'backup', jobId)
      return jobFacts(prisma, job.id)
    },

    async samples(jobId) {
      const cursor = await newestCursor(prisma)
      const job = found(await prisma.job.findUnique({ where: byEither(jobId), select: { id: true } }), 'backup', jobId)
      return toJobSamples(await samplesOf(prisma, job.id), cursor)
    },

    async replay(jobId) {
      const where = byEither(jobId)
      const job = found(
        await prisma.job.findUnique({ where, select: { id: true, disks: { select: { key: true } } } }),
        'backup',
        jobId,
      )
      const times = replayTimes(await verdictsOf(prisma, job.id), job.disks.length)
      return { moments: await momentsOf(prisma, job.id, times) }
    },

    async restorePoints({ vmId }) {
      const rows = await prisma.backup.findMany({
        where: vmId ? { vmId } : {},
        orderBy: { takenAt: 'desc' },
        take: 500,
        include: backupInclude,
      })
      const limits = await currentLimits(prisma)
      return rows.map((row) => toBackupView(row, limits))
    },
  }
  return service
}

/** What a failed backup ended with; null for what runs or ended in another way. */
async function lastWord(prisma: PrismaClient, jobId: string, state: JobState): Promise<Verdict | null> {
  if (state !== 'failed') return null
  const last = (await jobFacts(prisma, jobId)).findLast(({ data }) => data.kind === 'job.verdict')
  return last?.data.kind === 'job.verdict' ? last.data.verdict : null
}
