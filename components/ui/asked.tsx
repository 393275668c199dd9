import { problemOf } from '#components/trpc/problem.ts'
import type { ProbeResult } from '#contracts/views.ts'
import { ProbeLine } from './probe-result.tsx'
import { ProblemPanel } from './problem-panel.tsx'

/** What came of asking a thing to do something: why it was refused, what it answered. */
export function Asked({ error, probe }: { error: unknown; probe?: ProbeResult }) {
  return (
    <>
      {error !== null && error !== undefined && <ProblemPanel problem={problemOf(error)} title="Refused" />}
      {probe && (
        <p>
          <ProbeLine result={probe} />
        </p>
      )}
    </>
  )
}
