import { Status } from '#components/ui/status.tsx'
import type { JobSummary } from '#contracts/views.ts'
import { jobWords } from './words.ts'

export function JobStatus({ job, pill }: { job: Pick<JobSummary, 'state'>; pill?: boolean }) {
  const { label, tone } = jobWords[job.state]
  return <Status label={label} tone={tone} pill={pill} />
}

export const backupPath = (job: Pick<JobSummary, 'backupId'>) => `/backups/${encodeURIComponent(job.backupId)}`
