import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { Lines, More, Quiet } from './lines.tsx'
import { RunningJob } from './running-job.tsx'

/** Every backup that runs, oldest first, so that none changes its place. */
export function Running({ running: { count, items } }: { running: OverviewView['running'] }) {
  return (
    <Section title="Running now">
      {items.length === 0 ? (
        <Quiet action={<Link href="/vms">Choose a virtual machine</Link>}>No backup is running.</Quiet>
      ) : (
        <Lines testId="running" items={items} itemKey={({ id }) => id}>
          {(job) => <RunningJob job={job} />}
        </Lines>
      )}
      <More count={count - items.length} noun="running" href="/backups?state=running" />
    </Section>
  )
}
