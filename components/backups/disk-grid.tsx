'use client'

import { useQuery } from '@tanstack/react-query'
import { memo, useMemo } from 'react'
import { GrowthChart, type SharedMoment } from '#components/charts/growth-chart.tsx'
import type { Growth } from '#components/charts/model.ts'
import { useStaleSince } from '#components/live/stale.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { cx } from '#components/ui/cx.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobDiskView, JobView } from '#contracts/views.ts'
import { DiskCard } from './disk-card.tsx'
import { etaOfDisks } from './eta.ts'

const none: JobSamples = { at: [], disks: [], cursor: '0' }

/**
 * The disks side by side, each with its growth over time. @param blind  nobody measures  @param moment  what the charts
 * share with a replay
 */
export function DiskGrid({ job, blind, moment }: { job: JobView; blind: boolean; moment?: SharedMoment }) {
  const api = useTRPC()
  const { data: samples = none } = useQuery(
    api.backups.samples.queryOptions({ jobId: job.id }, { structuralSharing: false }),
  )
  const ended = isTerminal(job.state)
  const stale = useStaleSince() !== null && !ended
  return (
    <div
      className={cx('grid gap-3', job.disks.length > 1 && 'xl:grid-cols-2', (stale || blind) && 'text-muted grayscale')}
    >
      {job.disks.map((disk) => (
        <OneDisk key={disk.key} {...{ disk, samples, ended, blind, moment }} />
      ))}
    </div>
  )
}

interface OneDiskProps {
  disk: JobDiskView
  samples: JobSamples
  ended: boolean
  blind: boolean
  moment: SharedMoment | undefined
}

const OneDisk = memo(function OneDisk({ disk, samples, ended, blind, moment }: OneDiskProps) {
  const { dataBytes, key } = disk
  const growth = useMemo((): Growth => {
    const mine = samples.disks.find((each) => each.key === key)
    return {
      at: mine ? samples.at : [],
      series: [
        { name: 'Stored', values: mine?.allocatedBytes ?? [], main: true },
        { name: 'Read', values: mine?.readBytes ?? [] },
      ],
      target: dataBytes === null ? null : { name: 'Data to read', value: dataBytes },
      ended,
    }
  }, [samples, key, dataBytes, ended])
  const eta = disk.state === 'copying' && !blind ? etaOfDisks(samples, [disk]) : null
  return (
    <DiskCard
      disk={disk}
      ended={ended}
      blind={blind}
      eta={eta}
      chart={<GrowthChart growth={growth} label={`Growth of disk ${disk.key}`} moment={moment} />}
    />
  )
})
