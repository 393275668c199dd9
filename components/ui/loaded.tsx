'use client'

import type { ReactNode } from 'react'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from './button.tsx'
import { ProblemPanel } from './problem-panel.tsx'
import { CardsSkeleton } from './skeleton.tsx'

interface Answer<T> {
  data: T | undefined
  error: unknown
  isPending: boolean
  isFetching?: boolean
  refetch: () => unknown
}

/**
 * What a query answered, or its problem, or the shape of what is on its way. An old answer stays in view when a newer one
 * fails, and says so.
 */
export function Loaded<T>(props: { query: Answer<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  const { query, skeleton = <CardsSkeleton what="this part of the page" />, children } = props
  const problem = query.error ? problemOf(query.error) : null
  const again = (
    <Button busy={query.isFetching} onClick={() => void query.refetch()}>
      Try again
    </Button>
  )
  return (
    <>
      {problem && (
        <ProblemPanel
          problem={problem}
          title={query.data === undefined ? 'Could not be read' : 'Could not be read again: what stands here is old'}
          actions={again}
          linked
        />
      )}
      {query.data !== undefined && children(query.data)}
      {query.isPending && !problem && skeleton}
    </>
  )
}
