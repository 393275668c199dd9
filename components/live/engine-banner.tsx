'use client'

import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { usePathname } from 'next/navigation'
import { useTRPC } from '#components/trpc/client.tsx'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { Banner } from './banner.tsx'
import { useConnection } from './provider.tsx'

export type Engine = inferRouterOutputs<AppRouter>['system']['engine']

/**
 * Says on every page that nobody watches and nothing starts, as long as that is so; the overview says it by itself.
 * @param first  how it was when the page was made
 */
export function EngineBanner({ first }: { first: Engine | null }) {
  const api = useTRPC()
  const { data } = useQuery({ ...api.system.engine.queryOptions(), initialData: first ?? undefined })
  const pathname = usePathname()
  const live = useConnection().state === 'live'
  return (
    <Banner shown={live && data?.running === false && pathname !== '/'} testId="engine-away">
      The hub’s engine does not run: no backup starts, and figures of running ones are of the time before. Restore
      points are safe. The launcher starts it again by itself; why it ended is in engine.log under the hub’s home.
    </Banner>
  )
}
