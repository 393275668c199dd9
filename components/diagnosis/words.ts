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
  client: { label: 'Client', what: 'the transfer process sends it' },
  tunnel: { label: 'Tunnel', what: 'ssh carries it' },
  export: { label: 'Export', what: 'qemu-nbd writes it' },
  image: { label: 'Image', what: 'space the file takes' },
}

interface HopWords {
  label: string
  /** As it is said of a moment that is over. */
  was: string
  tone: Tone
}

/** One word for a hop, and how it looks. A still hop is bad only where the verdict says so. */
export function hopState(view: HopView, guilty: boolean): HopWords {
  if (guilty) return { label: 'Stuck here', was: 'Stuck here', tone: 'bad' }
  // Seen at once, while the silence of its bytes is still too short to be called one.
  if (view.process === 'stopped') return { label: 'Stopped', was: 'Stopped', tone: 'warn' }
  // Not silent for long enough to be called still, and no byte of it was seen.
  if (view.motion === 'moving' && view.bytes === 0) return { label: 'Nothing yet', was: 'Nothing yet', tone: 'unknown' }
  if (view.motion === 'moving') return { label: 'Moving', was: 'Moved', tone: 'ok' }
  if (view.motion === 'still') return { label: 'Still', was: 'Stood still', tone: 'unknown' }
  return { label: 'Cannot measure', was: 'Not measured', tone: 'unknown' }
}

const programs: Record<Hop, string> = {
  source: 'nbdkit',
  client: 'the transfer process',
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
