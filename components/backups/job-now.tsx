'use client'

import { useQuery } from '@tanstack/react-query'
import { Bytes } from '#components/format/byte-count.tsx'
import { Elapsed, Time } from '#components/format/time.tsx'
import { AsOf, useStaleSince } from '#components/live/stale.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { cx } from '#components/ui/cx.ts'
import { Card, Figure, Figures } from '#components/ui/layout.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobView } from '#contracts/views.ts'
import { formatPercent, formatRate, percentOf } from '#lib/format/bytes.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { etaOfDisks, formatEta } from './eta.ts'
import { Stepper } from './stepper.tsx'
import { amounts, jobSentence } from './words.ts'

/**
 * What happens now, or how it ended: one sentence, how far, how long; then the stages. @param blind  nobody measures:
 * figures are old, and say nothing of speed
 */
export function JobNow({ job, blind }: { job: JobView; blind: boolean }) {
  const ended = isTerminal(job.state)
  const stale = useStaleSince() !== null && !ended
  return (
    <Card className="mb-7">
      <p id="job-sentence" className="text-balance font-medium text-lg leading-snug" data-testid="job-sentence">
        {unbroken(jobSentence(job))}
      </p>
      {!ended && <AsOf testId="as-of" />}
      <div className={cx((stale || blind) && 'text-muted grayscale')}>
        {!ended && <WholeProgress job={job} />}
        <div className="mt-4">{ended ? <Ended job={job} /> : <Running job={job} blind={blind} />}</div>
      </div>
      <Stepper job={job} />
    </Card>
  )
}

/** A number keeps its unit, however narrow the page. */
const unbroken = (sentence: string) => sentence.replaceAll(/(\d) (B|KiB|MiB|GiB|TiB)\b/g, '$1\u00a0$2')

/** How much of the disks the proof has settled, and of how much; null: it has not begun. */
function readBack({ disks }: JobView): [number, number] | null {
  if (disks.every(({ checkedBytes, state }) => checkedBytes === null && state !== 'proved')) return null
  const of = (disk: JobView['disks'][number]) => (disk.state === 'proved' ? disk.sizeBytes : (disk.checkedBytes ?? 0))
  return [sumOf(disks.map(of)), sumOf(disks.map(({ sizeBytes }) => sizeBytes))]
}

/** The bar has its place from the beginning, so that nothing moves down when there is something to show. */
function WholeProgress({ job }: { job: JobView }) {
  const { read, data } = amounts(job)
  const known = read !== null && data !== null && job.state !== 'queued'
  const past = job.state === 'flushing' || job.state === 'checking' || job.state === 'committing'
  const proved = job.state === 'checking' ? readBack(job) : null
  const percent = proved ? percentOf(...proved) : past ? 100 : known ? percentOf(read, data) : 0
  const text = proved
    ? `All data is copied; ${formatPercent(...proved)} of the disks read back`
    : past
      ? 'All data is copied'
      : known
        ? `${formatPercent(read, data)} of the data`
        : job.state === 'copying'
          ? 'How far it is cannot be measured'
          : 'Nothing is copied yet'
  return (
    <div className="mt-3">
      <Progress percent={percent} text={text} labelledBy="job-sentence" />
    </div>
  )
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

function Running({ job, blind }: { job: JobView; blind: boolean }) {
  const api = useTRPC()
  const { data: samples } = useQuery(api.backups.samples.queryOptions({ jobId: job.id }, { structuralSharing: false }))
  const copying = job.state === 'copying' && !blind
  const eta = copying ? etaOfDisks(samples, job.disks) : null
  const { read, data } = amounts(job)
  const begun = job.disks.length > 0
  return (
    <Figures>
      <Figure name="Copied">{read !== null && data !== null && begun ? formatPercent(read, data) : '–'}</Figure>
      <Figure name="Rate">{copying ? formatRate(job.bytesPerSecond) : '–'}</Figure>
      <Figure name="Time left">
        <span data-testid="time-left">{eta ? formatEta(eta) : copying ? 'Not known yet' : '–'}</span>
      </Figure>
      <Figure name="Running for">
        {job.startedAt === null ? 'Not yet' : <Elapsed from={job.startedAt} to={null} />}
      </Figure>
      <Figure name="Stored">
        <Bytes value={begun ? sumOf(job.disks.map(({ allocatedBytes }) => allocatedBytes)) : null} />
      </Figure>
      <Figure name="Data to read">
        <Bytes value={begun ? data : null} />
      </Figure>
    </Figures>
  )
}

function Ended({ job }: { job: JobView }) {
  const { read, data } = amounts(job)
  const from = job.firstByteAt ?? job.startedAt
  const seconds = from !== null && job.finishedAt !== null ? (Date.parse(job.finishedAt) - Date.parse(from)) / 1000 : 0
  const done = job.state === 'completed'
  const moved = done ? data : read
  return (
    <Figures>
      <Figure name="Took">{job.startedAt === null ? '–' : <Elapsed from={job.startedAt} to={job.finishedAt} />}</Figure>
      <Figure name="Ended">{job.finishedAt === null ? '–' : <Time at={job.finishedAt} />}</Figure>
      <Figure name={done ? 'Data copied' : 'Data copied before it ended'}>
        <Bytes value={job.disks.length === 0 ? 0 : moved} />
      </Figure>
      <Figure name="Mean rate, first byte to end">
        {moved !== null && moved > 0 && seconds > 0 ? formatRate(moved / seconds) : '–'}
      </Figure>
      {done && (
        <Figure name="Stored">
          <Bytes value={sumOf(job.disks.map(({ allocatedBytes }) => allocatedBytes))} />
        </Figure>
      )}
      <Figure name="Waited before">
        {job.startedAt === null ? '–' : formatDuration((Date.parse(job.startedAt) - Date.parse(job.createdAt)) / 1000)}
      </Figure>
    </Figures>
  )
}
