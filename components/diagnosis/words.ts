import type { Tone } from '#components/ui/status.tsx'
import type { Hop, HopView, Verdict } from '#contracts/diagnosis.ts'

export const verdictWords: Record<Verdict['kind'], { label: string; tone: Tone }> = {
  healthy: { label: 'Healthy', tone: 'ok' },
  expected: { label: 'Waiting, as expected', tone: 'busy' },
  nothing: { label: 'Nothing to copy', tone: 'ok' },
  slow: { label: 'Slow', tone: 'warn' },
  stalled: { label: 'Stalled', tone: 'bad' },
  dead: { label: 'Dead', tone: 'bad' },
  'cannot-tell': { label: 'Cannot tell', tone: 'unknown' },
}

export const hopNames: Record<Hop, { label: string; what: string }> = {
  source: { label: 'Source', what: 'nbdkit reads the disk' },
  client: { label: 'Client', what: 'nbdcopy sends it' },
  tunnel: { label: 'Tunnel', what: 'ssh carries it' },
  export: { label: 'Export', what: 'qemu-nbd writes it' },
  image: { label: 'Image', what: 'space the file takes' },
}

/** One word for a hop, and how it looks. A still hop is bad only where the verdict says so. */
export function hopState(view: HopView, guilty: boolean): { label: string; tone: Tone } {
  if (guilty) return { label: 'Stuck here', tone: 'bad' }
  // Not silent for long enough to be called still, and no byte of it was seen.
  if (view.motion === 'moving' && view.bytes === 0) return { label: 'Nothing yet', tone: 'unknown' }
  if (view.motion === 'moving') return { label: 'Moving', tone: 'ok' }
  if (view.motion === 'still') return { label: 'Still', tone: 'unknown' }
  return { label: 'Cannot measure', tone: 'unknown' }
}

const programs: Record<Hop, string> = {
  source: 'nbdkit',
  client: 'nbdcopy',
  tunnel: 'ssh',
  export: 'qemu-nbd',
  image: 'qemu-nbd',
}

/** What a process of the hop does that it should not; null while it simply runs, or nobody knows. */
export function processWords({ hop, process }: Pick<HopView, 'hop' | 'process'>): string | null {
  if (process === null || process === 'runs') return null
  const does = { stopped: 'is stopped', gone: 'has ended', disk: 'waits for its disk' }[process]
  return `${programs[hop]} ${does}`
}

/** True when somebody should look. */
export const isBad = ({ kind }: Pick<Verdict, 'kind'>) =>
  kind === 'stalled' || kind === 'dead' || kind === 'slow' || kind === 'cannot-tell'
