import type { Lab } from './lab.ts'
import type { LabelledFault } from './label.ts'
import { harmless } from './none.ts'
import { processFaults } from './processes.ts'
import { sharedFaults } from './shared.ts'
import { sourceFaults } from './sources.ts'
import { storageFaults } from './storages.ts'
import { wayFaults } from './ways.ts'

export const labelledFaults: readonly LabelledFault[] = [
  ...processFaults,
  ...sourceFaults({ normal: 5, long: 28 }),
  ...wayFaults,
  ...storageFaults,
  ...harmless,
  ...sharedFaults,
]

/** Those that this machine and stack allow. */
export function possible(lab: Lab): LabelledFault[] {
  return labelledFaults.filter(({ name, notArranged }) => {
    if (notArranged) return false
    if (/^repository (full|read-only)/.test(name)) return lab.small !== null
    if (/^repository (slow|hangs)/.test(name)) return lab.slow !== null
    if (/^tunnel (black|lossy)/.test(name)) return lab.stack.network !== null
    if (/^browser/.test(name)) return lab.stack.web !== null
    return true
  })
}
