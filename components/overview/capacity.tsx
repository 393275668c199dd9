import { Bytes } from '#components/format/byte-count.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Gauge } from '#components/ui/progress.tsx'
import { Status } from '#components/ui/status.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { formatBytes, percentOf } from '#lib/format/bytes.ts'
import { Lines } from './lines.tsx'

type Repository = OverviewView['repositories'][number]

/** Every repository with the room it has. */
export function Capacity({ repositories }: { repositories: readonly Repository[] }) {
  return (
    <Section title="Capacity" actions={<Link href="/repositories">Repositories</Link>}>
      <Lines testId="capacity" items={repositories} itemKey={({ id }) => id}>
        {(repository) => <RepositoryLine repository={repository} />}
      </Lines>
    </Section>
  )
}

function RepositoryLine({ repository }: { repository: Repository }) {
  const { name, totalBytes, freeBytes, problem } = repository
  const measured = totalBytes !== null && freeBytes !== null
  const used = measured ? totalBytes - freeBytes : 0
  return (
    <div className="px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-0.5">
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{name}</span>
        {problem ? (
          <Status tone="bad" label="Not usable" />
        ) : measured ? (
          <span>
            <Bytes value={freeBytes} /> free
          </span>
        ) : (
          <Status tone="unknown" label="Not measured yet" />
        )}
      </div>
      {problem && <p className="mt-0.5 break-words text-muted">{problem.happened}</p>}
      {measured && !problem && (
        <>
          <div className="my-2">
            <Gauge
              used={used}
              total={totalBytes}
              label={`Room in ${name}`}
              text={`${formatBytes(used)} of ${formatBytes(totalBytes)} used`}
            />
          </div>
          <p className="flex justify-between gap-4 text-muted text-xs">
            <span>
              <Bytes value={used} /> of <Bytes value={totalBytes} /> used
            </span>
            <span>{percentOf(used, totalBytes)} %</span>
          </p>
        </>
      )}
    </div>
  )
}
