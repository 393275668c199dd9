import type { ReactNode } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { Card } from '#components/ui/layout.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { Status } from '#components/ui/status.tsx'
import type { JobDiskView } from '#contracts/views.ts'
import { formatBytes, formatPercent, formatRate, percentOf } from '#lib/format/bytes.ts'
import { DiskState } from './disk-state.tsx'
import { type Eta, formatEta } from './eta.ts'
import { readable } from './log-lines.ts'
import { copiedBytes, diskWords } from './words.ts'

interface DiskCardProps {
  disk: JobDiskView
  ended: boolean
  /** Nobody measures. */
  blind: boolean
  eta: Eta | null
  chart: ReactNode
}

/** One disk of a job: what it is, how far it is, how it grew, and the figures behind that. */
export function DiskCard(props: DiskCardProps) {
  const { disk, ended, blind, eta, chart } = props
  const id = (name: string) => `disk-${disk.key}-${name}`
  const { label, tone } = diskWords[disk.state]
  return (
    <Card className="min-w-0">
      <section aria-labelledby={id('title')} data-testid={`disk-${disk.key}`} data-state={disk.state}>
        <header className="flex items-center justify-between gap-3">
          <h3 id={id('title')} className="min-w-0 truncate font-semibold">
            Disk <span className="font-mono">{disk.key}</span>
            <bdi className="ms-2 font-normal text-muted">{disk.label}</bdi>
          </h3>
          <span data-testid={id('state')}>
            <Status label={label} tone={tone} />
          </span>
        </header>
        <DiskProgressBar disk={disk} labelledBy={id('title')} />
        <div className="mt-3">{chart}</div>
        <dl className="mt-3 grid grid-cols-3 gap-x-4 gap-y-2 sm:grid-cols-6">
          <Small name="Stored">
            <Bytes value={disk.allocatedBytes} testId={id('allocated')} />
          </Small>
          <Small name="Read">
            <Bytes value={disk.readBytes} testId={id('read')} />
          </Small>
          <Small name="Data to read">
            <Bytes value={disk.dataBytes} testId={id('data')} />
          </Small>
          <Small name="Disk size">
            <Bytes value={disk.sizeBytes} testId={id('size')} />
          </Small>
          {!ended && (
            <>
              <Small name="Rate">
                <span data-testid={id('rate')}>
                  {disk.state === 'copying' && !blind ? formatRate(disk.bytesPerSecond) : '–'}
                </span>
              </Small>
              <Small name="Time left">{eta ? formatEta(eta).replace(/^about /, '') : '–'}</Small>
            </>
          )}
        </dl>
        {disk.note && (
          <p className="mt-3" data-testid={id('note')} title={disk.note}>
            {readable(disk.note)}
          </p>
        )}
        <SourceState disk={disk} ended={ended} />
        {disk.problem && <p className="mt-3 break-words text-bad">{disk.problem.happened}</p>}
        <Where disk={disk} />
      </section>
    </Card>
  )
}

/** How its state is fixed while it is copied, and what people should know of its bytes. */
function SourceState({ disk, ended }: { disk: JobDiskView; ended: boolean }) {
  if (disk.stateFixedBy === null) return null
  return (
    <div className="mt-3" data-testid={`disk-${disk.key}-source`}>
      <DiskState fixedBy={disk.stateFixedBy} settled={ended && disk.state === 'proved'} />
      {[disk.stateNote, ...disk.notes]
        .filter((note) => note !== null && note !== '')
        .map((note) => (
          <p key={note} className="break-words text-muted text-xs">
            {note}
          </p>
        ))}
    </div>
  )
}

function Small({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-muted text-xs">{name}</dt>
      <dd className="mt-0.5 font-medium">{children}</dd>
    </div>
  )
}

const past: readonly JobDiskView['state'][] = ['flushed', 'checking', 'proved']

/** How much of the disk's data is read, as bar and words; without a measure it says so, and takes the same room. */
function DiskProgressBar({ disk, labelledBy }: { disk: JobDiskView; labelledBy: string }) {
  const done = past.includes(disk.state)
  const copied = copiedBytes(disk)
  const known = done || (copied !== null && disk.dataBytes !== null)
  const data = disk.dataBytes ?? 0
  const read = done ? data : (copied ?? 0)
  const text = known
    ? `${formatPercent(read, data)}: ${formatBytes(Math.min(read, data))} of ${formatBytes(data)} of data`
    : disk.state === 'copying'
      ? 'How far it is cannot be measured'
      : 'Nothing is copied yet'
  return (
    <div className="mt-3">
      <Progress
        percent={known ? percentOf(read, data) : 0}
        text={text}
        labelledBy={labelledBy}
        tone={disk.state === 'failed' ? 'bad' : past.includes(disk.state) ? 'ok' : 'busy'}
      />
      <p className="mt-1 text-muted text-xs">{text}</p>
    </div>
  )
}

function Where({ disk }: { disk: JobDiskView }) {
  if (disk.imagePath === null) return null
  return (
    <div className="mt-2 text-muted text-xs">
      <Copyable text={disk.imagePath} label={`Copy the path of disk ${disk.key}’s image`}>
        <span className="text-xs">{disk.imagePath}</span>
      </Copyable>
      {disk.exportName !== null && disk.hubPort !== null && (
        <p>
          Export <code className="break-all font-mono">{disk.exportName}</code> on port {disk.hubPort}
        </p>
      )}
    </div>
  )
}
