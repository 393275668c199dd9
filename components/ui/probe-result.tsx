import type { ProbeResult } from '#contracts/views.ts'
import { Status } from './status.tsx'

/** The answer of a probe in one line. */
export function ProbeLine({ result }: { result: ProbeResult }) {
  const time = result.roundTripMs === null ? '' : ` (${result.roundTripMs.toFixed(1)} ms)`
  return (
    <span role="status" data-testid="probe-result">
      <Status tone={result.ok ? 'ok' : 'bad'} label={result.ok ? 'Answers' : 'Does not answer'} />{' '}
      {result.problem?.happened ?? result.detail}
      {time}
      {result.problem?.remedy && ` ${result.problem.remedy}`}
    </span>
  )
}
