'use client'

import { type DehydratedState, HydrationBoundary, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { applyEvents } from './apply.ts'
import { useLive } from './provider.tsx'

/**
 * Takes over what the server prefetched. The page may have been rendered before events that this tab has seen already
 * (the stream goes on while pages change): those are applied to it now. The effect stands here, outside the boundary,
 * because it must run after the boundary's own.
 */
export function Hydrate({ cursor, state, children }: { cursor: string; state: DehydratedState; children: ReactNode }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const recent = useLive()?.recent
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new state is a new page to bring up to date
  useEffect(() => {
    if (!recent) return
    const missed = recent.after(cursor)
    if (missed === null) void cache.invalidateQueries()
    else applyEvents(api, cache, missed)
  }, [api, cache, recent, cursor, state])
  return <HydrationBoundary state={state}>{children}</HydrationBoundary>
}
