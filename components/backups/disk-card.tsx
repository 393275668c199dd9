import type { ReactNode } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { formatBytes, formatPercent, formatRate, percentOf } from '#components/format/bytes.ts'
import { formatDuration } from '#components/format/duration.ts'
import { Card, Code } from '#components/ui/layout.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { Status } from '#components/ui/status.tsx'
import type { JobDiskView } from '#contracts/views.ts'
import { diskEta, diskWords } from './words.ts'

/** One disk of a job: what it is, how far it is, and the figures behind that. */
export function DiskCard({ disk, ended }: { disk: JobDiskView; ended: boolean }) {
  const id = (name: string) => `disk-${disk.key}-${name}`
  const eta = diskEta(disk)
  const { label, tone } = diskWords[disk.state]
  return (
    <Card>
      <section aria-labelledby={id('title')} data-testid={`disk-${disk.key}`} data-state={disk.state}>
        <header className="flex flex-wrap items-center justify-between gap-2">
          <h3 id={id('title')} className="font-semibold">
            Disk <span className="font-mono">{disk.key}</span>
            <span className="ml-2 font-normal text-muted">{disk.label}</span>
          </h3>
          <span data-testid={id('state')}>
            <Status label={label} tone={tone} />
          </span>
        </header>
        <DiskProgressBar disk={disk} labelledBy={id('title')} />
        <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-3 lg:grid-cols-6">
          <Figure name="Image on disk">
            <Bytes value={disk.allocatedBytes} testId={id('allocated')} />
          </Figure>
          <Figure name="Read">
            <Bytes value={disk.readBytes} testId={id('read')} />
          </Figure>
          <Figure name="Data to read">
            <Bytes value={disk.dataBytes} testId={id('data')} />
          </Figure>
          <Figure name="Disk size">
            <Bytes value={disk.sizeBytes} testId={id('size')} />
          </Figure>
          {!ended && (
            <>
              <Figure name="Rate">
                <span data-testid={id('rate')}>{formatRate(disk.bytesPerSecond)}</span>
              </Figure>
              <Figure name="Time left">{eta === null ? '–' : formatDuration(eta)}</Figure>
            </>
          )}
        </dl>
        {disk.note && (
          <p className="mt-3 text-muted" data-testid={id('note')}>
            {disk.note}
          </p>
        )}
        {disk.problem && <p className="mt-3 text-bad">{disk.problem.happened}</p>}
        <Where disk={disk} />
      </section>
    </Card>
  )
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** How much of the disk's data is read, as bar and words; without a measure the bar says so. */
function DiskProgressBar({ disk, labelledBy }: { disk: JobDiskView; labelledBy: string }) {
  const done = disk.state === 'flushed' || disk.state === 'checking' || disk.state === 'proved'
  const known = done || (disk.readBytes !== null && disk.dataBytes !== null)
  if (!known) return <p className="mt-3 text-muted">Nothing was read yet.</p>
  const data = disk.dataBytes ?? 0
  const read = done ? data : (disk.readBytes ?? 0)
  const text = `${formatPercent(read, data)}: ${formatBytes(Math.min(read, data))} of ${formatBytes(data)} of data read`
  return (
    <div className="mt-3">
      <Progress percent={percentOf(read, data)} text={text} labelledBy={labelledBy} />
      <p className="mt-1 text-muted">{text}</p>
    </div>
  )
}

function Where({ disk }: { disk: JobDiskView }) {
  if (disk.imagePath === null) return null
  return (
    <details className="mt-3">
      <summary className="cursor-pointer text-muted">Where it is</summary>
      <p className="mt-1">
        Image <Code>{disk.imagePath}</Code>
      </p>
      {disk.exportName !== null && disk.hubPort !== null && (
        <p className="mt-1">
          Export <Code>{disk.exportName}</Code> on port {disk.hubPort}
        </p>
      )}
    </details>
  )
}
