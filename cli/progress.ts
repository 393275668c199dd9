import { MultiBar, type SingleBar } from 'cli-progress'
import { formatRate } from '#lib/format/bytes.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { bytes, plain, tone } from './format.ts'
import type { DiskRow } from './views.ts'

/** Shows how far disks are. */
export interface Progress {
  disks(disks: readonly DiskRow[], etaSeconds: number | null): void
  line(text: string): void
  stop(): void
}

/** What was read, or what was sent where reading cannot be measured (a source behind a unix socket); null: neither. */
export const copiedOf = ({ read_bytes, sent_bytes }: Pick<DiskRow, 'read_bytes' | 'sent_bytes'>): number | null =>
  read_bytes ?? sent_bytes

const doneOf = (disk: DiskRow) =>
  ['flushed', 'checking', 'proved'].includes(disk.state)
    ? 1
    : Math.min(1, disk.data_bytes ? (copiedOf(disk) ?? 0) / disk.data_bytes : 0)

/** A bar for each disk, and what happens above them: on a terminal. */
export function bars(stream: NodeJS.WriteStream): Progress {
  const all = new MultiBar({
    stream,
    hideCursor: true,
    linewrap: false,
    clearOnComplete: false,
    barsize: 28,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: `  disk {key}  {bar} {percentage} %  {read} of {data}  {rate}  {rest}`,
    formatValue: (value, _, type) => (type === 'percentage' ? String(value).padStart(3) : String(value)),
  })
  const known = new Map<number, SingleBar>()
  return {
    disks(disks, etaSeconds) {
      for (const disk of disks) {
        const facts = {
          key: disk.key,
          read: bytes(copiedOf(disk)).padStart(8),
          data: bytes(disk.data_bytes),
          rate: disk.state === 'copying' ? formatRate(disk.bytes_per_second) : disk.state,
          rest: etaSeconds === null || disk.state !== 'copying' ? '' : `${formatDuration(etaSeconds)} left`,
        }
        const bar = known.get(disk.key) ?? all.create(1000, 0, facts)
        known.set(disk.key, bar)
        bar.update(Math.round(doneOf(disk) * 1000), facts)
      }
    },
    line: (text) => all.log(`${plain(text)}\n`),
    stop: () => all.stop(),
  }
}

/** A line for each tenth of the way: where nobody sees a bar move. */
export function lines(write: (text: string) => void): Progress {
  let told = -1
  return {
    disks(disks) {
      const total = disks.reduce((sum, disk) => sum + Math.max(1, disk.data_bytes ?? 0), 0)
      const done = disks.reduce((sum, disk) => sum + doneOf(disk) * Math.max(1, disk.data_bytes ?? 0), 0)
      const tenth = Math.floor((done / Math.max(1, total)) * 10)
      if (tenth <= told) return
      told = tenth
      write(
        `${tone('dim', `${String(tenth * 10).padStart(3)} %`)}  ${disks.map((disk) => `${disk.key}: ${bytes(copiedOf(disk))}`).join(', ')}\n`,
      )
    },
    line: (text) => write(`${plain(text)}\n`),
    stop: () => undefined,
  }
}
