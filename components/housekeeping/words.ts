import type { Foreign, HousekeepingView, Orphan } from '#contracts/housekeeping.ts'

/** A kind of left-over as a person reads it. */
export const kindWords: Record<Orphan['kind'], string> = {
  export: 'Export',
  process: 'Process',
  port: 'Port',
  'partial-directory': 'Unfinished images',
  'data-key': 'Key of a backup',
  'key-line': 'Line in the key list',
  session: 'SSH session',
  'appliance-job': 'Job on an appliance',
  file: 'File',
  other: 'Other',
}

export const foreignWords: Record<Foreign['kind'], string> = {
  process: 'Process',
  port: 'Port',
  file: 'Image',
  directory: 'Directory',
  'restore-point': 'Restore point without a record',
}

const sizeOf = (orphans: readonly Orphan[]) => orphans.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)

/** What the head of the page says. Pure. */
export function summary({ orphans, notSeen }: HousekeepingView): { tone: 'ok' | 'warn'; label: string; bytes: number } {
  const label = orphans.length === 1 ? '1 thing is left over' : `${orphans.length} things are left over`
  if (orphans.length === 0 && notSeen.length > 0) {
    const places = notSeen.length === 1 ? '1 place' : `${notSeen.length} places`
    return { tone: 'warn', label: `${places} not looked at`, bytes: 0 }
  }
  if (orphans.length === 0) return { tone: 'ok', label: 'Clean', bytes: 0 }
  return { tone: 'warn', label, bytes: sizeOf(orphans) }
}

/** How one stands: whether it can be cleaned now, and how the last try went. */
export function standing(orphan: Pick<Orphan, 'waitsFor' | 'reason' | 'keptUntil'>): {
  tone: 'unknown' | 'warn' | 'bad'
  label: string
} {
  const { waitsFor, reason, keptUntil } = orphan
  if (keptUntil !== null) return { tone: 'unknown', label: 'Kept for a look' }
  if (waitsFor !== null) return { tone: 'unknown', label: 'Waits' }
  if (reason !== null) return { tone: 'bad', label: 'Not cleaned' }
  return { tone: 'warn', label: 'Left over' }
}
