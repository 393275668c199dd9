import type { DiskProgress, EventData } from '#contracts/events.ts'
import { bytes, seconds } from './format.ts'

type Progress = Extract<EventData, { kind: 'job.progress' }>

/** What one disk does, in a few words: how much its image holds, of how much there is to read. */
function diskWords(disk: DiskProgress): string {
  if (disk.state === 'pending' || disk.state === 'preparing') return `disk ${disk.key} ${disk.state}`
  const held = `disk ${disk.key} ${bytes(disk.allocatedBytes)}`
  if (disk.state !== 'copying') return `${held} ${disk.state}`
  const of = disk.dataBytes === null ? '' : ` of ${bytes(disk.dataBytes)}`
  return `${held}${of}${disk.bytesPerSecond > 0 ? `, ${bytes(disk.bytesPerSecond)}/s` : ''}`
}

/** One calm line for a running job: phase, each disk, time to go. */
export function progressLine(state: string, progress: Progress | null): string {
  if (progress === null) return state
  const eta = progress.etaSeconds === null || state !== 'copying' ? '' : ` · ${seconds(progress.etaSeconds)} to go`
  return [state, ...progress.disks.map(diskWords)].join(' · ') + eta
}
