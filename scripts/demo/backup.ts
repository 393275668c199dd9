import type { HubEvent } from '#contracts/events.ts'
import { isTerminal, type JobState } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import type { HubClient } from './client.ts'
import type { Printer } from './printer.ts'
import { progressLine } from './progress-line.ts'

export interface Timings {
  firstByteSeconds: number | null
  copySeconds: number | null
  totalSeconds: number
}

export interface DemoBackup {
  job: JobView
  timings: Timings
}

/** Follows the events of one job until it ended; prints the present moment. */
function follow(client: HubClient, after: string, jobId: string, printer: Printer, signal: AbortSignal) {
  const states = new Map<JobState, number>()
  let progress: Extract<HubEvent['data'], { kind: 'job.progress' }> | null = null
  let state: JobState = 'queued'
  return new Promise<Map<JobState, number>>((resolve, reject) => {
    const end = (finish: () => void) => {
      subscription.unsubscribe()
      finish()
    }
    const subscription = client.events.subscribe.subscribe(
      { after },
      {
        onData: ({ data: event }) => {
          if (event.jobId !== jobId) return
          if (event.data.kind === 'job.progress') progress = event.data
          if (event.data.kind === 'job.state') {
            state = event.data.state
            states.set(state, Date.parse(event.at))
          }
          printer.now(progressLine(state, progress))
          if (isTerminal(state)) end(() => resolve(states))
        },
        onError: (error) => end(() => reject(error)),
      },
    )
    const stop = () => end(() => reject(signal.reason))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Starts a full backup through the API, as any program would, and follows it to its end. */
export async function backUp(
  client: HubClient,
  what: { vmId: string; repositoryId: string },
  printer: Printer,
  signal: AbortSignal,
): Promise<DemoBackup> {
  const after = await client.events.cursor.query()
  signal.throwIfAborted()
  const click = Date.now()
  const { id, backupId } = await client.backups.start.mutate({ ...what, type: 'full' })
  printer.say(`  Backup ${backupId}`)
  const states = await follow(client, after, id, printer, signal)
  const job = await client.backups.get.query({ id })
  const firstByte = job.firstByteAt === null ? null : Date.parse(job.firstByteAt)
  const flushed = states.get('checking') ?? null
  return {
    job,
    timings: {
      firstByteSeconds: firstByte === null ? null : (firstByte - click) / 1000,
      copySeconds: firstByte === null || flushed === null ? null : (flushed - firstByte) / 1000,
      totalSeconds: ((job.finishedAt === null ? Date.now() : Date.parse(job.finishedAt)) - click) / 1000,
    },
  }
}
