'use client'

import { AsOf, useStaleSince } from '#components/live/stale.tsx'
import { cx } from '#components/ui/cx.ts'
import { Card, Section } from '#components/ui/layout.tsx'
import type { JobLedger } from '#contracts/diagnosis.ts'
import { Pipeline } from './pipeline.tsx'
import { VerdictPanel } from './verdict-panel.tsx'

/** The verdict on a running job, on top of its page. */
export function JobVerdict({ ledger }: { ledger: JobLedger }) {
  const stale = useStaleSince() !== null
  return (
    <div className={cx('mb-3', stale && 'text-muted grayscale')}>
      <VerdictPanel verdict={ledger.verdict} />
      <AsOf testId="verdict-as-of" />
    </div>
  )
}

/** Where the bytes of each disk are, hop by hop. */
export function JobPipelines({ ledger }: { ledger: JobLedger }) {
  const stale = useStaleSince() !== null
  return (
    <Section title="Where the bytes are" lead="From the source to the image, measured once a second.">
      <Card className={cx('grid gap-4', stale && 'text-muted grayscale')}>
        {ledger.disks.map((disk) => (
          <div key={disk.key}>
            <p className="mb-1.5 font-medium">
              Disk <span className="font-mono">{disk.key}</span>
            </p>
            <Pipeline disk={disk} />
          </div>
        ))}
      </Card>
    </Section>
  )
}
