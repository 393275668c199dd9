import { troubleOf } from '#components/points/words.ts'
import type { Tone } from '#components/ui/status.tsx'
import type { OverviewView } from '#contracts/views.ts'

export interface Reassurance {
  tone: Tone
  /** The one sentence: how things are. */
  headline: string
  /** What stands beside it: what is protected, what runs, what is safe. */
  detail: string
}

type Known = Pick<
  OverviewView,
  'engine' | 'vms' | 'points' | 'known' | 'recentDays' | 'running' | 'concerns' | 'repositories' | 'appliances'
>

const machines = (count: number) => (count === 1 ? '1 virtual machine' : `${count} virtual machines`)
const sentences = (...parts: (string | false)[]) => parts.filter(Boolean).join(' ')

/** How many machines have a recent backup. */
export function coverage({ vms, recentDays }: Pick<Known, 'vms' | 'recentDays'>): string {
  const { total, recent, never } = vms
  const lately = `a backup from the last ${recentDays} days`
  if (total === 0) return ''
  if (total === 1) {
    if (recent === 1) return `The one virtual machine has ${lately}.`
    return never === 1
      ? 'The one virtual machine has no backup yet.'
      : `The one virtual machine has no backup from the last ${recentDays} days.`
  }
  if (recent === total) return `All ${machines(total)} have ${lately}.`
  if (never === total) return `None of the ${machines(total)} has a backup yet.`
  if (recent === 0) return `None of the ${machines(total)} has ${lately}.`
  return `${recent} of ${machines(total)} ${recent === 1 ? 'has' : 'have'} ${lately}.`
}

export function runningNow({ count }: { count: number }): string {
  if (count === 0) return 'Nothing is running.'
  return count === 1 ? '1 backup is running.' : `${count} backups are running.`
}

function failures({ failed, failedLately }: Known['concerns']): string {
  if (failed === failedLately) return `${failed === 1 ? '1 backup' : `${failed} backups`} failed in the last 24 hours.`
  return failed === 1
    ? 'The last backup of 1 virtual machine failed.'
    : `The last backups of ${machines(failed)} failed.`
}

/** Machines whose newest restore point does not count. */
function doubtful({ unusable: count }: Known['vms']): string | null {
  if (count === 0) return null
  return `The newest restore point of ${machines(count)} does not count.`
}

/** Machines that no source lists now: what was wrong with them stays wrong. */
function unlisted({ missing, total }: Known['vms']): string | null {
  if (missing === 0 || missing === total) return null
  return `${machines(missing)} ${missing === 1 ? 'is' : 'are'} not listed by ${missing === 1 ? 'its source' : 'their sources'} now.`
}

function unusable(repositories: Known['repositories']): string | null {
  const [first, ...more] = repositories.filter(({ problem }) => problem !== null)
  if (!first) return null
  return more.length === 0
    ? `The repository ${first.name} cannot be used.`
    : `${more.length + 1} repositories cannot be used.`
}

/** Paused ones are away because somebody wanted that. */
function away(appliances: Known['appliances']): string | null {
  const [first, ...more] = appliances.filter(({ state }) => state === 'offline' || state === 'mismatch')
  if (!first) return null
  return more.length === 0
    ? `The appliance ${first.name} is not reachable.`
    : `${more.length + 1} appliances are not reachable.`
}

/** Nobody's trouble, and yet nothing of theirs is backed up. */
function paused(appliances: Known['appliances']): string | false {
  const [first, ...more] = appliances.filter(({ state }) => state === 'paused')
  if (!first) return false
  return more.length === 0 ? `The appliance ${first.name} is paused.` : `${more.length + 1} appliances are paused.`
}

type Troubled = Known['running']['troubled']

function ofRunning(troubled: Troubled, kinds: readonly Troubled[number]['kind'][], one: string, many: string) {
  const [first, ...more] = troubled.filter(({ kind }) => kinds.includes(kind))
  if (!first) return null
  return more.length === 0 ? `The backup of ${first.vmName} ${one}.` : `${more.length + 1} running backups ${many}.`
}

/** Bytes that wait are the first thing to see to. */
const stuck = ({ troubled }: Known['running']) =>
  ofRunning(troubled, ['stalled', 'dead'], 'stands still', 'stand still')
const slow = ({ troubled }: Known['running']) => ofRunning(troubled, ['slow'], 'is slow', 'are slow')
const dark = ({ troubled }: Known['running']) =>
  ofRunning(troubled, ['cannot-tell'], 'cannot be measured now', 'cannot be measured now')

/** Above this share of a repository in use, the next backups may not fit; its own page warns earlier. */
const FULL = 0.95

function full(repositories: Known['repositories']): string | null {
  const [first, ...more] = repositories.filter(
    ({ totalBytes, freeBytes }) => totalBytes && freeBytes !== null && freeBytes <= totalBytes * (1 - FULL),
  )
  if (!first) return null
  return more.length === 0
    ? `The repository ${first.name} is almost full.`
    : `${more.length + 1} repositories are almost full.`
}

/** How things are, the worst first: one sentence that a tired person can stop at; what else is wrong stands next. */
export function reassure(known: Known): Reassurance {
  const { vms, running, concerns, repositories, appliances } = known
  const covered = coverage(known)
  const runs = runningNow(running)
  const points = troubleOf(known.points)
  // Not said of points that nobody could look at.
  const kept = known.points.ok > 0 && points.bad === null && points.warn === null && 'Restore points are untouched.'
  const rests = paused(appliances)
  const warnings = [points.warn, unlisted(vms), dark(running), slow(running), full(repositories)].filter(
    (warning) => warning !== null,
  )
  const failed = concerns.failed > 0 ? failures(concerns) : null
  const troubles = [points.bad, doubtful(vms), stuck(running), failed, unusable(repositories), away(appliances)]
  const [bad, ...others] = troubles.filter((trouble) => trouble !== null)
  const besides = sentences(...others, ...warnings)
  if (!known.engine)
    return {
      tone: 'bad',
      headline: 'The hub’s engine does not run, so no backup can start.',
      detail: sentences(
        bad ?? false,
        besides,
        covered,
        kept,
        'The launcher starts it again by itself; engine.log under the hub’s home says why it ended.',
      ),
    }
  if (bad) return { tone: 'bad', headline: bad, detail: sentences(besides, covered, runs, rests, kept) }
  if (vms.total === vms.missing)
    return {
      tone: 'unknown',
      headline: known.known.vms > 0 ? 'No source lists a virtual machine any more.' : 'Nothing is protected yet.',
      detail: sentences(
        kept || 'The steps below lead to the first backup.',
        running.count > 0 && runs,
        ...warnings,
        rests,
      ),
    }
  const [worst, ...further] = warnings
  if (worst) return { tone: 'warn', headline: worst, detail: sentences(...further, covered, runs, rests) }
  const detail = sentences(runs, rests)
  if (vms.recent === vms.total) return { tone: 'ok', headline: covered, detail }
  // A new hub has no backups because it is new; what lacks a backup and has one running is being seen to.
  const due = known.known.backups > 0 && concerns.old + concerns.never > 0
  const tone = due ? 'warn' : running.count > 0 ? 'busy' : 'unknown'
  return { tone, headline: covered, detail }
}
