import { isTerminal } from '#contracts/job-states.ts'
import { isUsable } from '#contracts/standing.ts'
import type { VmSummary } from '#contracts/views.ts'

/** What a person looks for in the list. */
export const shows = ['all', 'protected', 'unprotected', 'failed', 'running'] as const
export type Show = (typeof shows)[number]

export const showWords: Record<Show, string> = {
  all: 'All',
  protected: 'Protected',
  unprotected: 'Not protected',
  failed: 'Failed',
  running: 'Running',
}

const tests: Record<Show, (vm: VmSummary) => boolean> = {
  all: () => true,
  // By the newest restore point: an older one that counts does not make up for it.
  protected: ({ newestStanding }) => isUsable(newestStanding),
  unprotected: ({ newestStanding }) => !isUsable(newestStanding),
  failed: ({ lastJob }) => lastJob?.state === 'failed',
  running: ({ lastJob }) => lastJob !== null && !isTerminal(lastJob.state),
}

export interface VmFilter {
  /** Words that stand in the name or the appliance's, in any order and case. */
  search: string
  show: Show
  /** By name; empty: all. */
  appliance: string
}

/** The rows that match, and how many each choice of `show` would leave under the same search and appliance. */
export function filterVms(
  vms: readonly VmSummary[],
  { search, show, appliance }: VmFilter,
): { rows: VmSummary[]; counts: Record<Show, number> } {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = vms.filter((vm) => {
    if (appliance !== '' && vm.applianceName !== appliance) return false
    const text = `${vm.name} ${vm.applianceName}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const count = (of: Show) => found.filter(tests[of]).length
  return {
    rows: found.filter(tests[show]),
    counts: {
      ...{ all: found.length, protected: count('protected'), unprotected: count('unprotected') },
      ...{ failed: count('failed'), running: count('running') },
    },
  }
}

/** Appliances by name, as the rows name them. */
export function appliancesOf(vms: readonly VmSummary[]): string[] {
  return [...new Set(vms.map(({ applianceName }) => applianceName))].toSorted((a, b) => a.localeCompare(b, 'en'))
}
