import type { HubEvent } from '#contracts/events.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobView } from '#contracts/views.ts'
import { isAfter } from './cursor.ts'

/** The job after the event. The same object when the event is another job's, or is part of the view already. */
export function reduceJob(job: JobView, event: HubEvent): JobView {
  if (event.jobId !== job.id || !isAfter(event.seq, job.cursor)) return job
  const { data } = event
  const cursor = event.seq
  switch (data.kind) {
    case 'job.progress': {
      const byKey = new Map(data.disks.map((disk) => [disk.key, disk]))
      const disks = job.disks.map((disk) => ({ ...disk, ...byKey.get(disk.key) }))
      const { bytesPerSecond, etaSeconds, ledger = job.ledger } = data
      const figures = job.figures && { ...job.figures, seq: event.seq, ageSeconds: 0 }
      return { ...job, cursor, disks, bytesPerSecond, etaSeconds, ledger, figures }
    }
    case 'job.state': {
      // What was said of the former state is not said of this one.
      const said = { ledger: null, figures: null }
      const ended = isTerminal(data.state) ? { finishedAt: event.at, etaSeconds: null, bytesPerSecond: 0 } : {}
      const startedAt = data.state === 'queued' ? job.startedAt : (job.startedAt ?? event.at)
      return { ...job, cursor, ...said, state: data.state, stateSince: event.at, startedAt, ...ended }
    }
    case 'job.verdict':
      return { ...job, cursor, ledger: { disks: job.ledger?.disks ?? [], verdict: data.verdict } }
    default:
      return { ...job, cursor }
  }
}

/** The job's log after the event: facts are added once, in order; figures are no facts. */
export function reduceLog(log: HubEvent[], event: HubEvent): HubEvent[] {
  if (event.data.kind === 'job.progress') return log
  const last = log.at(-1)
  return last && !isAfter(event.seq, last.seq) ? log : [...log, event]
}
