'use client'

import { useQuery } from '@tanstack/react-query'
import { Bytes } from '#components/format/byte-count.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Empty, PageHeader, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Status } from '#components/ui/status.tsx'
import { firstSteps, type Step } from './checklist.ts'
import { RunningJob } from './running-job.tsx'

export function Overview() {
  const api = useTRPC()
  const vms = useQuery(api.vms.list.queryOptions())
  const repositories = useQuery(api.repositories.list.queryOptions())
  const appliances = useQuery(api.appliances.list.queryOptions())
  const points = useQuery(api.backups.restorePoints.queryOptions({}))
  const running = useQuery(api.backups.list.queryOptions({ active: true }))
  const known = vms.data && repositories.data && appliances.data && points.data
  const steps = known
    ? firstSteps({
        repositories: repositories.data.length,
        appliances: appliances.data.length,
        vms: vms.data.length,
        backups: points.data.length,
      })
    : []
  const protectedVms = vms.data?.filter(({ lastBackupAt }) => lastBackupAt !== null).length
  const stored = points.data?.flatMap(({ disks }) => disks).reduce((sum, disk) => sum + disk.allocatedBytes, 0)
  return (
    <>
      <PageHeader title="Overview" />
      {steps.some(({ done }) => !done) && <Checklist steps={steps} />}
      <Section title="Running now">
        <Loaded query={running}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty action={<Link href="/vms">Choose a virtual machine</Link>}>No backup is running.</Empty>
            ) : (
              <ul className="grid gap-3" data-testid="running">
                {items.map((job) => (
                  <li key={job.id}>
                    <RunningJob job={job} />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
      <Section title="In numbers">
        <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
          <Count href="/vms" name="Virtual machines with a backup">
            {vms.data ? `${protectedVms} of ${vms.data.length}` : '–'}
          </Count>
          <Count href="/backups" name="Restore points">
            {points.data?.length ?? '–'}
          </Count>
          <Count href="/repositories" name="Stored">
            <Bytes value={stored ?? null} />
          </Count>
          <Count href="/appliances" name="Appliances online">
            {appliances.data
              ? `${appliances.data.filter(({ state }) => state === 'online').length} of ${appliances.data.length}`
              : '–'}
          </Count>
        </dl>
      </Section>
    </>
  )
}

function Checklist({ steps }: { steps: readonly Step[] }) {
  const next = steps.find(({ done }) => !done)
  return (
    <Section title="First steps">
      <ol className="rounded-lg border border-line bg-surface" data-testid="checklist">
        {steps.map((step) => (
          <li
            key={step.title}
            className="flex flex-wrap items-center gap-x-3 border-line border-b px-3 py-2 last:border-0"
            aria-current={step === next ? 'step' : undefined}
          >
            <Status tone={step.done ? 'ok' : 'unknown'} label={step.done ? 'Done' : 'To do'} />
            <span className="font-medium">{step.done ? step.title : <Link href={step.href}>{step.title}</Link>}</span>
            {!step.done && <span className="text-muted">{step.hint}</span>}
          </li>
        ))}
      </ol>
    </Section>
  )
}

function Count({ href, name, children }: { href: string; name: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-col-reverse justify-end rounded-lg border border-line bg-surface p-4">
      <dt>
        <Link href={href}>{name}</Link>
      </dt>
      <dd className="font-semibold text-xl tabular-nums">{children}</dd>
    </div>
  )
}
