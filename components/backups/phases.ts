import type { HubEvent } from '#contracts/events.ts'
import type { JobState } from '#contracts/job.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobSummary } from '#contracts/views.ts'

/** The stages of a backup as a person sees them: the state `planned` is only the end of the planning before it. */
export const stages = [
  { name: 'queued', label: 'Waiting' },
  { name: 'planned', label: 'Planning' },
  { name: 'preparing', label: 'Preparing' },
  { name: 'copying', label: 'Copying' },
  { name: 'flushing', label: 'Flushing' },
  { name: 'checking', label: 'Proving' },
  { name: 'committing', label: 'Committing' },
] as const
export type StageName = (typeof stages)[number]['name']

export interface Stage {
  name: StageName
  label: string
  state: 'done' | 'now' | 'failed' | 'cancelled' | 'ahead'
  from: string | null
  /** null: has not begun, or goes on. */
  to: string | null
}

/** When each state was entered, the first time each. */
function entries(log: readonly HubEvent[]): Map<JobState, string> {
  const entered = new Map<JobState, string>()
  for (const { data, at } of log) if (data.kind === 'job.state' && !entered.has(data.state)) entered.set(data.state, at)
  return entered
}

/** The stages with their times, from the job's log. The stage in which a job failed or was cancelled says so. */
export function stagesOf(
  job: Pick<JobSummary, 'state' | 'createdAt' | 'startedAt' | 'finishedAt'>,
  log: readonly HubEvent[],
): Stage[] {
  const entered = entries(log)
  const begun: Record<StageName, string | null> = {
    queued: job.createdAt,
    planned: job.startedAt ?? entered.get('planned') ?? null,
    preparing: entered.get('preparing') ?? null,
    copying: entered.get('copying') ?? null,
    flushing: entered.get('flushing') ?? null,
    checking: entered.get('checking') ?? null,
    committing: entered.get('committing') ?? null,
  }
  const last = stages.findLastIndex(({ name }) => begun[name] !== null)
  const ended = isTerminal(job.state)
  return stages.map(({ name, label }, index) => {
    const next = stages.slice(index + 1).find((stage) => begun[stage.name] !== null)
    const from = begun[name]
    if (from === null) return { name, label, state: 'ahead', from, to: null }
    if (next) return { name, label, state: 'done', from, to: begun[next.name] }
    if (!ended || index !== last) return { name, label, state: 'now', from, to: null }
    const state = job.state === 'completed' ? 'done' : job.state === 'failed' ? 'failed' : 'cancelled'
    return { name, label, state, from, to: job.finishedAt }
  })
}
