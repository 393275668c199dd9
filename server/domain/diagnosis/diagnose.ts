import { type DiskLedger, hops, type JobLedger, type Verdict } from '#contracts/diagnosis.ts'
import { type DiskState, isTerminal, type JobState } from '#contracts/job.ts'
import { budgetSeconds, defaultThresholds, phases, type Thresholds } from './budgets.ts'
import { locate, stoppedProcess } from './locate.ts'
import { type DiskTrack, hopView, limitingHop, stillSeconds } from './track.ts'
import { hopWords, stalledSentence } from './words.ts'

export interface DiskFacts {
  key: number
  state: DiskState
  /** What there is to copy; null before the source was asked. */
  dataBytes: number | null
  /** null before the first sample. */
  track: DiskTrack | null
}

export interface JobFacts {
  state: JobState
  /** Seconds since the state was entered. */
  stateSeconds: number
  disks: readonly DiskFacts[]
}

const plain = { key: null, hop: null, evidence: [], causes: [], next: null, secondsLeft: null }

/** The longest silence that matters: that of the hop which moved last. Null: nothing can be measured. */
function silence(disk: DiskTrack): number | null {
  const known = hops.map((hop) => stillSeconds(disk, hop)).filter((seconds) => seconds !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function waiting({ state, stateSeconds, disks }: JobFacts): Verdict {
  const data = disks.reduce((sum, { dataBytes }) => sum + (dataBytes ?? 0), 0)
  const left = budgetSeconds(state, data) - stateSeconds
  const phase = phases[state]
  const waits = phase?.waits ?? 'its turn'
  if (left >= 0)
    return {
      ...plain,
      kind: 'expected',
      sentence: `Waits for ${waits}. That is normal for another ${Math.round(left)} s.`,
      secondsLeft: left,
    }
  return {
    ...plain,
    kind: 'stalled',
    sentence: `Waits for ${waits} for ${Math.round(stateSeconds)} s, longer than is normal.`,
    evidence: [`in the state ${state} for ${Math.round(stateSeconds)} s`],
    causes: [...(phase?.causes ?? [])],
    next: phase?.next ?? null,
  }
}

/** @returns null when all is well with the disk */
function copyingDisk(facts: DiskFacts, { softSeconds, hardSeconds, slowBytesPerSecond }: Thresholds): Verdict | null {
  const { key, track, dataBytes } = facts
  if (dataBytes === 0)
    return { ...plain, key, kind: 'nothing', sentence: `Disk ${key}: nothing to copy, its source holds no data.` }
  if (track === null) return null
  const still = silence(track)
  if (still === null)
    return {
      ...plain,
      ...{ key, kind: 'cannot-tell', sentence: `Disk ${key}: no hop can be measured.` },
      evidence: ['neither the appliance’s nor the hub’s counters can be read'],
      causes: ['The appliance is out of reach, and the hub may not look into its own processes.'],
      next: 'On the hub: ss -ti; ls -l /proc/$(pgrep -n qemu-nbd)/io',
    }
  const read = track.hops.source.bytes
  if (read !== null && dataBytes !== null && read >= dataBytes && still >= softSeconds && still < hardSeconds * 4)
    return {
      ...plain,
      key,
      kind: 'expected',
      sentence: `Disk ${key}: everything is read, the last writes are on their way.`,
      secondsLeft: hardSeconds * 4 - still,
    }
  const stopped = stoppedProcess(track)
  const ownSilence = stopped ? stillSeconds(track, stopped.hop) : null
  const named = stopped !== null && ownSilence !== null && ownSilence >= softSeconds
  const place = named ? stopped : still >= softSeconds ? locate(track) : null
  if (place && (named || place.why === 'gone' || still >= hardSeconds || place.why === 'stopped')) {
    const { causes, next } = hopWords[place.hop]
    const seconds = named ? ownSilence : still
    return {
      key,
      hop: place.hop,
      kind: place.why === 'gone' ? 'dead' : place.sure ? 'stalled' : 'cannot-tell',
      sentence: `Disk ${key}: ${stalledSentence(place, seconds)}`,
      evidence: place.evidence,
      causes: [...causes],
      next,
      secondsLeft: null,
    }
  }
  if (place)
    return {
      ...plain,
      key,
      kind: 'expected',
      sentence: `Disk ${key}: nothing moved for ${Math.round(still)} s; that happens.`,
      secondsLeft: hardSeconds - still,
    }
  const rate = track.hops.tunnel.bytesPerSecond ?? track.hops.source.bytesPerSecond
  const limiting = limitingHop(track.last)
  const settled = track.limits.length >= 30
  if (rate !== null && settled && rate < slowBytesPerSecond)
    return {
      ...plain,
      ...{ key, hop: limiting, kind: 'slow' },
      sentence: `Disk ${key}: ${Math.round(rate / 1024)} KiB a second${limiting ? `; ${hopWords[limiting].name} sets the pace` : ''}.`,
      evidence: hops.map(
        (hop) =>
          `${hop}: set the pace in ${Math.round((hopView(track, hop, softSeconds).busy ?? 0) * 100)} % of the last minute`,
      ),
      causes: limiting ? [...hopWords[limiting].causes] : [],
      next: limiting ? hopWords[limiting].next : null,
    }
  return null
}

const order = ['dead', 'stalled', 'cannot-tell', 'slow', 'expected', 'nothing', 'healthy'] as const
const worst = (verdicts: readonly Verdict[]) =>
  verdicts.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0]

const over = (state: DiskState) => state === 'flushed' || state === 'checking' || state === 'proved'

/**
 * The verdict on a running job and on each of its disks: a pure function of what was measured. A disk that has nothing to
 * copy, or has copied it, never makes a job look stuck.
 */
export function diagnose(job: JobFacts, thresholds: Thresholds = defaultThresholds): JobLedger {
  const healthy = (key: number | null, sentence: string): Verdict => ({ ...plain, key, kind: 'healthy', sentence })
  const verdictOf = (facts: DiskFacts): Verdict => {
    const { key, state } = facts
    if (over(state)) return healthy(key, `Disk ${key}: copied.`)
    if (state === 'flushing') return { ...waiting({ ...job, state: 'flushing' }), key }
    if (state !== 'copying') return { ...plain, key, kind: 'expected', sentence: `Disk ${key}: waits for its turn.` }
    return copyingDisk(facts, thresholds) ?? healthy(key, `Disk ${key}: bytes move.`)
  }
  const disks = job.disks.map((facts): DiskLedger => {
    const { track } = facts
    return {
      key: facts.key,
      hops: hops.map((hop) =>
        track
          ? hopView(track, hop, thresholds.softSeconds)
          : { hop, motion: 'unknown', bytes: null, bytesPerSecond: null, stillSeconds: null, busy: null },
      ),
      limiting: track && facts.state === 'copying' ? limitingHop(track.last) : null,
      verdict: verdictOf(facts),
    }
  })
  if (isTerminal(job.state)) return { disks, verdict: healthy(null, 'Ended.') }
  if (job.state !== 'copying') return { disks, verdict: waiting(job) }
  const open = disks.filter((_, index) => job.disks[index]?.state === 'copying').map(({ verdict }) => verdict)
  const bad = worst(open.filter(({ kind }) => kind !== 'expected' && kind !== 'nothing' && kind !== 'healthy'))
  if (bad) return { disks, verdict: bad }
  if (open.some(({ kind }) => kind === 'healthy')) return { disks, verdict: healthy(null, 'Bytes move.') }
  return { disks, verdict: worst(open) ?? healthy(null, 'Every disk is copied.') }
}
