'use client'

import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { TriangleAlert } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { useTRPC } from '#components/trpc/client.tsx'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { useConnection } from './provider.tsx'

export type Engine = inferRouterOutputs<AppRouter>['system']['engine']

/**
 * Says on every page that nobody watches and nothing starts, as long as that is so; the overview says it by itself.
 *
 * @param first  how it was when the page was made
 */
export function EngineBanner({ first }: { first: Engine | null }) {
  const api = useTRPC()
  const { data } = useQuery({ ...api.system.engine.queryOptions(), initialData: first ?? undefined })
  const pathname = usePathname()
  const live = useConnection().state === 'live'
  const away = live && data?.running === false && pathname !== '/'
  return (
    <div role="status" className={away ? 'sticky top-12 z-20 border-warn border-b bg-warn-soft' : 'sr-only'}>
      {away && (
        <p className="mx-auto flex max-w-7xl items-start gap-2 px-4 py-2 md:px-6" data-testid="engine-away">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
          <span>
            The hub’s engine does not run: no backup starts, and figures of running ones are of the time before. Restore
            points are safe. The launcher starts it again by itself; why it ended is in engine.log under the hub’s home.
          </span>
        </p>
      )}
    </div>
  )
}
