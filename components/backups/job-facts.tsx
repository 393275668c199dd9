import { memo } from 'react'
import { Time } from '#components/format/time.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { Card, Facts, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import type { JobView } from '#contracts/views.ts'

const time = (at: string | null) => (at === null ? '–' : <Time at={at} />)

/** What was asked for, where it goes, and the moments of it. */
export function JobFacts({ job }: { job: JobView }) {
  const { repositoryName, applianceName, createdAt, startedAt, firstByteAt, finishedAt, targets } = job
  return <These {...{ repositoryName, applianceName, createdAt, startedAt, firstByteAt, finishedAt, targets }} />
}

type Shown = Pick<
  JobView,
  'repositoryName' | 'applianceName' | 'createdAt' | 'startedAt' | 'firstByteAt' | 'finishedAt' | 'targets'
>

const These = memo(function These(job: Shown) {
  return (
    <Section title="Details">
      <Card>
        <Facts
          items={{
            Type: 'Full: every disk, whole',
            Repository: (
              <Link href="/repositories">
                <bdi>{job.repositoryName}</bdi>
              </Link>
            ),
            Appliance: (
              <Link href="/appliances">
                <bdi>{job.applianceName}</bdi>
              </Link>
            ),
            Requested: time(job.createdAt),
            Started: time(job.startedAt),
            'First byte': time(job.firstByteAt),
            Ended: time(job.finishedAt),
            Targets:
              job.targets === null ? (
                job.finishedAt === null ? (
                  'Not known before the images are served'
                ) : (
                  'None: no image was served'
                )
              ) : (
                <Copyable text={job.targets} label="Copy the targets" />
              ),
          }}
        />
      </Card>
    </Section>
  )
})
