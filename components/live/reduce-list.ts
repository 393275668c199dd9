import type { InfiniteData } from '@tanstack/react-query'
import type { HubEvent } from '#contracts/events.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobSummary } from '#contracts/views.ts'

interface JobPage {
  items: JobSummary[]
  nextCursor: string | null
}
export type JobList = JobPage | InfiniteData<JobPage, string | null>

function reduceSummary(job: JobSummary, event: HubEvent): JobSummary {
  const { data, at } = event
  if (job.id !== event.jobId || data.kind !== 'job.state' || at < job.stateSince || data.state === job.state) return job
  const startedAt = data.state === 'queued' ? job.startedAt : (job.startedAt ?? at)
  return { ...job, state: data.state, stateSince: at, startedAt, ...(isTerminal(data.state) ? { finishedAt: at } : {}) }
}

function reducePage(page: JobPage, event: HubEvent): JobPage {
  const items = page.items.map((job) => reduceSummary(job, event))
  return items.some((job, index) => job !== page.items[index]) ? { ...page, items } : page
}

/** The list after the event; the same object when none of its jobs is meant. */
export function reduceList(list: JobList, event: HubEvent): JobList {
  if (!('pages' in list)) return reducePage(list, event)
  const pages = list.pages.map((page) => reducePage(page, event))
  return pages.some((page, index) => page !== list.pages[index]) ? { ...list, pages } : list
}
