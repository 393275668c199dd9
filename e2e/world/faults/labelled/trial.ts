import path from 'node:path'
import type { Hop, Verdict } from '#contracts/diagnosis.ts'
import { isTerminal } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { compareImages } from '#server/drivers/image/driver.ts'
import { type Lab, PACE } from './lab.ts'
import type { Arranged, Label, LabelledFault, Trial } from './label.ts'

/** A verdict that was put on a job's record. */
export interface Told {
  /** Seconds since the fault. Negative: before it. */
  after: number
  verdict: Verdict
}

export interface TrialResult {
  fault: string
  backupId: string
  /** Everything told of the job, or shown of it. */
  told: Told[]
  /** The first one that is not calm, after the fault. */
  named: Told | null
  right: boolean
  /** Bad verdicts while nothing was wrong: before the fault, or of what is no fault. */
  falseAlarms: Told[]
  /** Bad verdicts of another hop, after the fault. */
  astray: Told[]
  /** Disks whose image is not its source. */
  different: string[]
  job: JobView
}

const calmKinds: readonly Verdict['kind'][] = ['healthy', 'expected', 'nothing']
export const isCalm = ({ verdict }: Told) => calmKinds.includes(verdict.kind)

const causes = ({ sentence, evidence, causes: likely }: Verdict) => [sentence, ...evidence, ...likely].join('\n')

/** Does a verdict say what the label asks for? */
export function isRight(verdict: Verdict, label: Label): boolean {
  return (
    label.kinds.includes(verdict.kind) &&
    verdict.hop === label.hop &&
    label.says.test(causes(verdict)) &&
    label.remedy.test([...verdict.causes, verdict.next ?? ''].join('\n'))
  )
}

async function told(lab: Lab, jobId: string, faultAt: number): Promise<Told[]> {
  const events = await lab.stack.services.backups.events(jobId)
  return events.flatMap(({ at, data }) =>
    data.kind === 'job.verdict' ? [{ after: (Date.parse(at) - faultAt) / 1000, verdict: data.verdict }] : [],
  )
}

/** Waits until the page would say that bytes move. @throws Error when the job ends first, or the time is over */
async function untilHealthy(lab: Lab, jobId: string): Promise<void> {
  const healthy = async () => {
    const job = await lab.stack.services.backups.get(jobId)
    if (isTerminal(job.state)) throw new Error(`${job.backupId} ended before its fault: ${JSON.stringify(job.problem)}`)
    return job.state === 'copying' && job.firstByteAt !== null && job.ledger?.verdict.kind === 'healthy'
  }
  if (!(await waitFor(healthy, { deadlineMs: 60_000, everyMs: 400 })))
    throw new Error(`no healthy copy within a minute\n${await lab.stack.logs()}`)
}

/** What the page shows, whenever it is not calm. */
async function shownBad(lab: Lab, jobId: string, faultAt: number): Promise<Told | null> {
  const { ledger } = await lab.stack.services.backups.get(jobId)
  const one = ledger ? { after: (Date.now() - faultAt) / 1000, verdict: ledger.verdict } : null
  return one && !isCalm(one) ? one : null
}

async function endJob(lab: Lab, jobId: string): Promise<void> {
  const { backups } = lab.stack.services
  if (isTerminal((await lab.stack.peek(jobId)).state)) return
  await backups.cancel(jobId, { userId: null }).catch(() => undefined)
  await lab.stack.finished(jobId, 60_000, 200)
}

export interface TrialOptions {
  /** How long after the first healthy look the fault comes. */
  afterMs: number
  /** How long a verdict may take. */
  deadlineMs: number
}

/** One backup with one fault, from its start to its end; what was said of it, and when. */
export async function runTrial(
  lab: Lab,
  fault: LabelledFault,
  name: string,
  { afterMs, deadlineMs }: TrialOptions,
): Promise<TrialResult> {
  const { backups } = lab.stack.services
  await using arranged = await (fault.arrange?.(lab, name) ?? lab.serve(name, lab.disks.whole, PACE))
  const trial: Trial = { lab, name, jobId: '', backupId: '', arranged }
  const inject = async () => (await fault.inject?.(trial)) ?? null
  let faultAt = Date.now()
  let heal = fault.when === 'before' ? await inject() : null
  try {
    const { job } = await lab.backUp(name, arranged)
    Object.assign(trial, { jobId: job.id, backupId: job.backupId })
    if (fault.when === 'copy') {
      await untilHealthy(lab, job.id)
      await sleep(Math.min(afterMs, fault.withinMs ?? afterMs))
      const { state } = await lab.stack.peek(job.id)
      if (state !== 'copying') throw new Error(`${job.backupId} was ${state} before its fault came`)
    }
    if (fault.when !== 'before') {
      faultAt = Date.now()
      heal = await inject()
    }
    const shown: Told[] = []
    const spoken = async () => {
      if (fault.shown) shown.push(...[await shownBad(lab, job.id, faultAt)].flatMap((one) => one ?? []))
      else shown.splice(0, shown.length, ...(await told(lab, job.id, faultAt)))
      const over = isTerminal((await lab.stack.peek(job.id)).state)
      return over || shown.some((one) => one.after >= 0 && !isCalm(one))
    }
    // What is no fault has to stay silent to its end.
    await waitFor(spoken, { deadlineMs: fault.kinds.length === 0 ? 90_000 : deadlineMs, everyMs: 700 })
    await heal?.()
    heal = null
    await arranged.slow?.setRate(null).catch(() => undefined)
    if (fault.ends === 'cancelled') await backups.cancel(job.id, { userId: null }).catch(() => undefined)
    const ended = await lab.stack.finished(job.id, 90_000, 200)
    const record = await told(lab, job.id, faultAt)
    const judged = judge(fault, fault.shown ? [...shown, ...record] : record, ended)
    const different = ended.state === 'completed' ? await differences(lab, ended, arranged.files) : []
    return { ...judged, different, right: judged.right && different.length === 0 }
  } finally {
    await heal?.()
    // Only after an error: what the trial has lent is not taken away under a backup that runs.
    if (trial.jobId !== '') await endJob(lab, trial.jobId)
    await lab.forget(name)
  }
}

/** What of a completed backup is not its source. */
async function differences(lab: Lab, job: JobView, files: Arranged['files']): Promise<string[]> {
  const found = await Promise.all(
    files.map(async ({ key, path: source }) => {
      const image = path.join(lab.repositoryPath(job.repositoryId), imageOf(job, key))
      const { identical, detail } = await compareImages(
        { path: source, format: 'raw' },
        { path: image, format: 'qcow2' },
      )
      return identical ? null : `disk ${key}: ${detail}`
    }),
  )
  return found.filter((one) => one !== null)
}

const imageOf = (job: JobView, key: number) => path.join(job.vmName, job.backupId, `disk-${key}.qcow2`)

function judge(fault: LabelledFault, all: Told[], job: JobView): Omit<TrialResult, 'different'> {
  const bad = all.filter((one) => !isCalm(one))
  const before = bad.filter(({ after }) => after < 0)
  const after = bad.filter((one) => one.after >= 0)
  const none = fault.kinds.length === 0
  // A copy that was seen standing still, and after that failed for it, is named twice: both have to be right in their hop.
  const named = after[0] ?? null
  const astray = none ? [] : after.filter(({ verdict }) => verdict.hop !== fault.hop)
  const falseAlarms = none ? bad : before
  const rightly = none ? bad.length === 0 : after.some(({ verdict }) => isRight(verdict, fault)) && astray.length === 0
  const { name, ends } = fault
  const right = rightly && falseAlarms.length === 0 && job.state === ends
  return { fault: name, backupId: job.backupId, told: all, named, right, falseAlarms, astray, job }
}

/** `stalled at export`, as it stands in the table. */
export function verdictWords({ kind, hop }: { kind: Verdict['kind']; hop: Hop | null }): string {
  return hop ? `${kind} at ${hop}` : kind
}
