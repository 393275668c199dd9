'use client'

import type { ReactNode } from 'react'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from './button.tsx'
import { ProblemPanel } from './problem-panel.tsx'

interface Answer<T> {
  data: T | undefined
  error: unknown
  isPending: boolean
  refetch: () => unknown
}

/** What a query answered, or its problem, or that it is on its way. An old answer stays in view when a newer one fails. */
export function Loaded<T>({ query, children }: { query: Answer<T>; children: (data: T) => ReactNode }) {
  const problem = query.error ? problemOf(query.error) : null
  return (
    <>
      {problem && (
        <>
          <ProblemPanel
            problem={problem}
            title={query.data === undefined ? 'Could not be read' : 'Could not be read again'}
          />
          <div className="mb-5">
            <Button onClick={() => void query.refetch()}>Try again</Button>
          </div>
        </>
      )}
      {query.data !== undefined && children(query.data)}
      {query.isPending && !problem && <p className="text-muted">Reading…</p>}
    </>
  )
}
