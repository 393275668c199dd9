import { Status } from '#components/ui/status.tsx'
import { type FixedBy, fixedByWords } from '#contracts/fixed-by.ts'

/** How the state of a disk was fixed: what is unknown is never green. `settled`: the source was let go and has said so. */
export function DiskState({ fixedBy, settled }: { fixedBy: FixedBy | null; settled: boolean }) {
  if (fixedBy === null) return <Status tone="unknown" label="Not asked yet" />
  if (fixedBy === 'unknown') return <Status tone="warn" label={fixedByWords.unknown} />
  return <Status tone={settled ? 'ok' : 'unknown'} label={fixedByWords[fixedBy]} />
}
