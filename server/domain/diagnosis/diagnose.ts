import { type DiskLedger, type Hop, hops, type JobLedger, type Verdict } from '#contracts/diagnosis.ts'
import { type DiskState, isTerminal, type JobState } from '#contracts/job.ts'
import { defaultThresholds, type Thresholds } from '#contracts/thresholds.ts'
import { budgetOf, phases } from './budgets.ts'
import { heldUp, LIMITED_TIMES, silence } from './held.ts'
import { HANDSHAKE_BYTES, locate, type Place, stoppedProcess } from './locate.ts'
import { slowVerdict } from './slow.ts'
import { type ClientFacts, startingVerdict } from './starting.ts'
import { type DiskTrack, hopView, limitingPace, stillSeconds } from './track.ts'
import { hopWords, nextOf, stalledSentence } from './words.ts'

export interface DiskFacts {
  key: number
  state: DiskState
  /** Seconds since the disk is in its state; null or missing: as long as the job. */
  stateSeconds?: number | null
  /** What there is to copy; null before the source was asked. */
  dataBytes: number | null
  /** null before the first sample. */
  track: DiskTrack | null
}

export interface JobFacts {
  state: JobState
  /** Seconds since the state was entered. */
  stateSeconds: number
  /** The moment of the verdict in milliseconds since 1970, to tell that samples do not come any more; null: not asked. */
  now?: number | null
  /** Null or missing: not asked for yet. */
  client?: ClientFacts | null
  /** Seconds since the appliance was heard of; null: out of reach; missing: not asked. */
  heartbeatSeconds?: number | null
  /** How long the source took to tell what is allocated. The copier asks it again before its first byte. */
  querySeconds?: number
  disks: readonly DiskFacts[]
}

const AT_LIMIT = 'bytes move, as fast as the rate limit of its appliance lets them.'

const STOPPED = 'Somebody or something stopped the process (SIGSTOP); kill -CONT lets it go on.'

const plain = { key: null, hop: null, evidence: [], causes: [], next: null, remedies: [], secondsLeft: null }

/** What a button can do about a hop where bytes stop. */
const remediesOf: Record<Hop, Verdict['remedies']> = {
  source: ['cancel'],
  client: ['cancel'],
  tunnel: ['restart-tunnel', 'cancel'],
  export: ['probe-export', 'cancel'],
  image: ['probe-export', 'cancel'],
}

function waiting(job: JobFacts, thresholds: Thresholds): Verdict {
  const { state, stateSeconds, disks, client, heartbeatSeconds } = job
  const starting =
    state === 'preparing' && client ? startingVerdict(client, thresholds.preparing, heartbeatSeconds) : null
  if (starting) return { ...plain, ...starting }
  const data = disks.reduce((sum, { dataBytes }) => sum + (dataBytes ?? 0), 0)
  const { softSeconds, hardSeconds } = budgetOf(state, data, thresholds)
  const phase = phases[state]
  const waits = phase?.waits ?? 'its turn'
  const secondsLeft = softSeconds - stateSeconds
  if (secondsLeft > 0) {
    const left = Number.isFinite(secondsLeft) ? ` That is normal for another ${Math.round(secondsLeft)} s.` : ''
    return { ...plain, kind: 'expected', sentence: `Waits for ${waits}.${left}`, secondsLeft: finite(secondsLeft) }
  }
  const late = stateSeconds >= hardSeconds
  const since = `Waits for ${waits} for ${Math.round(stateSeconds)} s`
  return {
    ...plain,
    ...{ kind: late ? 'stalled' : 'slow', hop: phase?.hop ?? null },
    ...{ secondsLeft: late ? null : hardSeconds - stateSeconds },
    sentence: late
      ? `${since}, longer than is normal.`
      : `${since}, longer than usual. It is called stalled in ${Math.round(hardSeconds - stateSeconds)} s.`,
    evidence: [`in the state ${state} for ${Math.round(stateSeconds)} s`],
    causes: [...(phase?.causes ?? [])],
    next: phase?.next ?? null,
    remedies: late ? ['cancel'] : [],
  }
}

const finite = (seconds: number) => (Number.isFinite(seconds) ? seconds : null)

/** Nothing says how the disk stands: never measured, or not any more. Null while that is young. */
function unwatched(facts: DiskFacts, job: JobFacts, hardSeconds: number): Verdict | null {
  const { key, track } = facts
  const age = track === null ? sinceOf(facts, job) : ((job.now ?? track.last.at) - track.last.at) / 1000
  if (age < hardSeconds) return null
  return {
    ...{ ...plain, key, kind: 'cannot-tell' },
    sentence: `Disk ${key}: nothing was measured for ${Math.round(age)} s.`,
    evidence: [
      track ? `the last sample is ${Math.round(age)} s old` : `copying for ${Math.round(age)} s without a sample`,
    ],
    causes: ['The engine does not run, or is starved of CPU.', 'The database does not take its figures.'],
    next: 'On the hub: ps -eo pid,stat,pcpu,args | grep engine/main',
  }
}

const sinceOf = (disk: DiskFacts, job: JobFacts) => disk.stateSeconds ?? job.stateSeconds

/** @returns null when all is well with the disk */
function copyingDisk(facts: DiskFacts, job: JobFacts, thresholds: Thresholds): Verdict | null {
  const { softSeconds, hardSeconds } = thresholds.copying
  const { key, track, dataBytes } = facts
  // It has nothing to copy, but it has to end.
  if (dataBytes === 0 && sinceOf(facts, job) < thresholds.flushing.hardSeconds)
    return { ...plain, key, kind: 'nothing', sentence: `Disk ${key}: nothing to copy, its source holds no data.` }
  const blind = unwatched(facts, job, hardSeconds)
  if (blind) return blind
  if (track === null)
    return {
      ...{ ...plain, key, kind: 'expected', sentence: `Disk ${key}: the copy has begun; nothing is measured yet.` },
      secondsLeft: hardSeconds - sinceOf(facts, job),
    }
  const still = silence(track)
  if (still === null)
    return {
      ...plain,
      ...{ key, kind: 'cannot-tell', sentence: `Disk ${key}: no hop can be measured.` },
      evidence: ['neither the appliance’s nor the hub’s counters can be read'],
      causes: ['The appliance is out of reach, and the hub may not look into its own processes.'],
      next: 'On the hub: ss -ti; ls -l /proc/$(pgrep -n qemu-nbd)/io',
    }
  const held = heldUp(track, softSeconds, job.heartbeatSeconds)
  const read = track.hops.source.bytes
  const isRead = read !== null && dataBytes !== null && read >= dataBytes
  if (isRead && held === null && still >= softSeconds && still < hardSeconds * 4)
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
  const place = named
    ? stopped
    : (held?.place ?? (still >= softSeconds ? locate(track, still, job.heartbeatSeconds) : null))
  const seconds = named ? ownSilence : (held?.seconds ?? still)
  const isLimited = Boolean(track.last.limited) && stopped === null && held === null && track.last.connections !== 0
  const patience = LIMITED_TIMES * hardSeconds
  if (isLimited && still >= softSeconds && still < patience)
    return {
      ...plain,
      ...{ key, kind: 'expected', secondsLeft: patience - still },
      sentence: `Disk ${key}: nothing moved for ${Math.round(still)} s; the rate limit of its appliance holds it up.`,
    }
  const budget = hardSeconds + asking(track, place, job)
  if (place && (named || place.why === 'gone' || seconds >= budget || place.why === 'stopped')) {
    return {
      key,
      hop: place.hop,
      kind: place.why === 'gone' ? 'dead' : place.sure ? 'stalled' : 'cannot-tell',
      sentence: `Disk ${key}: ${stalledSentence(place, seconds, still < seconds)}`,
      evidence: place.evidence,
      causes: [...(place.why === 'stopped' ? [STOPPED] : []), ...(place.causes ?? []), ...hopWords[place.hop].causes],
      next: nextOf(place),
      remedies: remediesOf[place.hop],
      secondsLeft: null,
    }
  }
  if (place || still >= softSeconds)
    return {
      ...plain,
      key,
      kind: 'expected',
      sentence: `Disk ${key}: nothing ${still < seconds ? 'went through' : 'moved'} for ${Math.round(seconds)} s; that happens.`,
      secondsLeft: Math.max(0, budget - seconds),
    }
  const slow = slowVerdict(track, 2 * hardSeconds, thresholds.slowBytesPerSecond)
  if (slow) return { ...plain, ...slow }
  return isLimited ? { ...plain, key, kind: 'healthy', sentence: `Disk ${key}: ${AT_LIMIT}` } : null
}

/** More silence, in seconds, for a source that gives nothing yet: the copier first asks it for its allocation, as the appliance did. */
function asking(disk: DiskTrack, place: Place | null, { querySeconds = 0 }: JobFacts): number {
  const begun = (disk.hops.tunnel.bytes ?? 0) > HANDSHAKE_BYTES
  return place?.why === 'no-queue' && !begun ? 2 * querySeconds : 0
}

const unmeasured = { bytes: null, bytesPerSecond: null, stillSeconds: null, busy: null, waiting: null, process: null }

const order = ['dead', 'stalled', 'cannot-tell', 'slow', 'expected', 'nothing', 'healthy'] as const
const worst = (verdicts: readonly Verdict[]) =>
  verdicts.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0]

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const over = (state: DiskState) => state === 'flushed' || state === 'checking' || state === 'proved'

const inWork = (state: DiskState | undefined) => state === 'copying' || state === 'flushing'

/**
 * The verdict on a running job and on each of its disks: a pure function of what was measured. A disk that has nothing to
 * copy, or has copied it, never makes a job look stuck.
 */
export function diagnose(job: JobFacts, thresholds: Thresholds = defaultThresholds): JobLedger {
  const healthy = (key: number | null, sentence: string): Verdict => ({ ...plain, key, kind: 'healthy', sentence })
  const verdictOf = (facts: DiskFacts): Verdict => {
    const { key, state } = facts
    if (over(state)) return healthy(key, `Disk ${key}: copied.`)
    if (state === 'flushing')
      return { ...waiting({ ...job, state, stateSeconds: sinceOf(facts, job) }, thresholds), key }
    if (state !== 'copying') return { ...plain, key, kind: 'expected', sentence: `Disk ${key}: waits for its turn.` }
    return copyingDisk(facts, job, thresholds) ?? healthy(key, `Disk ${key}: bytes move.`)
  }
  const disks = job.disks.map((facts): DiskLedger => {
    const { track } = facts
    return {
      key: facts.key,
      hops: hops.map((hop) =>
        track ? hopView(track, hop, thresholds.copying.softSeconds) : { hop, motion: 'unknown', ...unmeasured },
      ),
      limiting: track && facts.state === 'copying' ? limitingPace(track.last) : null,
      verdict: verdictOf(facts),
    }
  })
  if (isTerminal(job.state)) return { disks, verdict: healthy(null, 'Ended.') }
  if (job.state !== 'copying') return { disks, verdict: waiting(job, thresholds) }
  const open = disks.filter((_, index) => inWork(job.disks[index]?.state)).map(({ verdict }) => verdict)
  const bad = worst(open.filter(({ kind }) => kind !== 'expected' && kind !== 'nothing' && kind !== 'healthy'))
  if (bad) return { disks, verdict: bad }
  if (open.some(({ kind }) => kind === 'healthy')) {
    const moving = disks.filter(({ verdict }, index) => inWork(job.disks[index]?.state) && verdict.kind === 'healthy')
    const atLimit = moving.every(({ limiting }) => limiting === 'limit')
    return { disks, verdict: healthy(null, atLimit ? capital(AT_LIMIT) : 'Bytes move.') }
  }
  const left = job.disks.filter(({ state }) => !over(state))
  // Between two disks: the next one is about to begin.
  const since = Math.min(...job.disks.map((disk) => sinceOf(disk, job)))
  const turn =
    left.length > 0 ? waiting({ ...job, state: 'preparing', stateSeconds: since, client: null }, thresholds) : null
  return { disks, verdict: worst(open) ?? turn ?? healthy(null, 'Every disk is copied.') }
}
