'use client'

import { AsOf, useStaleSince } from '#components/live/stale.tsx'
import { cx } from '#components/ui/cx.ts'
import { Card, Section } from '#components/ui/layout.tsx'
import type { JobLedger } from '#contracts/diagnosis.ts'
import type { JobView } from '#contracts/views.ts'
import { ClockNotice } from './clock-notice.tsx'
import { Pipeline } from './pipeline.tsx'
import { Remedies } from './remedies.tsx'
import { VerdictPanel } from './verdict-panel.tsx'

/** The verdict on a running job, on top of its page. */
export function JobVerdict({ job, ledger }: { job: JobView; ledger: JobLedger }) {
  const stale = useStaleSince() !== null
  return (
    <div className={cx('mb-3', stale && 'text-muted grayscale')}>
      <VerdictPanel verdict={ledger.verdict}>
        <Remedies job={job} verdict={ledger.verdict} />
      </VerdictPanel>
      <AsOf testId="verdict-as-of" />
    </div>
  )
}

/** Where the bytes of each disk are, hop by hop, while the job runs. */
export function JobPipelines({ job, ledger }: { job: JobView; ledger: JobLedger }) {
  const stale = useStaleSince() !== null
  return (
    <Section title="Where the bytes are" lead="From the source to the image, measured once a second.">
      <ClockNotice job={job} />
      <Card className={cx(stale && 'text-muted grayscale')}>
        <DiskPipelines ledger={ledger} />
      </Card>
    </Section>
  )
}

/** A pipeline for each disk, now or at a moment of the past. */
export function DiskPipelines({ ledger, past }: { ledger: JobLedger; past?: boolean }) {
  return (
    <div className="grid gap-4">
      {ledger.disks.map((disk) => (
        <div key={disk.key}>
          <p className="mb-1.5 font-medium">
            Disk <span className="font-mono">{disk.key}</span>
          </p>
          <Pipeline disk={disk} past={past} />
        </div>
      ))}
    </div>
  )
}
