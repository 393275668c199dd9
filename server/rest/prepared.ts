import { isTerminal } from '#contracts/job-states.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { JobView } from '#contracts/views.ts'
import type { Work } from './operation.ts'

const MOST = 30
const USUAL = 10

/** Seconds to wait, by `Prefer: wait=N` (RFC 7240). @throws ProblemError `bad_input` */
export function waitSeconds(headers: Headers): number {
  const said = /(?:^|[,;])\s*wait\s*=\s*"?([^",;\s]*)/i.exec(headers.get('prefer') ?? '')?.[1]
  if (said === undefined) return USUAL
  const seconds = /^\d{1,3}$/.test(said) ? Number(said) : Number.NaN
  if (seconds <= MOST) return seconds
  throw new ProblemError({
    code: 'bad_input',
    field: 'prefer',
    happened: `Prefer: wait is a whole number of seconds, up to ${MOST}.`,
  })
}

const isKnown = (view: JobView) => view.targets !== null || isTerminal(view.state)

/** The backup once its exports are known or it has ended; at the latest when the time is over, as it is then. */
export async function prepared({ call, follow, signal }: Work, jobId: string, waitMs: number): Promise<JobView> {
  let view = await call.backups.get({ id: jobId })
  if (waitMs === 0 || isKnown(view)) return view
  const enough = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  // Its own events wake it; nothing is asked in between.
  for await (const event of follow(view.cursor, enough)) {
    if (event.jobId !== jobId) continue
    view = await call.backups.get({ id: jobId })
    if (isKnown(view)) break
  }
  return enough.aborted ? call.backups.get({ id: jobId }) : view
}
