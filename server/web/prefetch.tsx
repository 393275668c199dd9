import 'server-only'
import { dehydrate, type FetchInfiniteQueryOptions, type FetchQueryOptions, type QueryKey } from '@tanstack/react-query'
import { TRPCError } from '@trpc/server'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { cache, type ReactNode } from 'react'
import { Hydrate } from '#components/live/hydrate.tsx'
import { makeQueryClient } from '#components/trpc/query-client.ts'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { getHub } from './hub.ts'
import { contextOf } from './identity.ts'
import { pageSession } from './session.ts'

const queryClient = cache(makeQueryClient)

const context = cache(async () => contextOf(await getHub(), await pageSession(), await headers()))

/** Procedures as the server calls them while it renders: same keys as in the browser, no HTTP. */
export const trpc = createTRPCOptionsProxy({ router: appRouter, ctx: context, queryClient })

/** The event cursor of this render. Read before any data, so that every later change has a later number. */
export const renderCursor = cache(async () => (await getHub()).services.events.cursor())

/** Whether an engine is there; null: that cannot be said. */
export const renderEngine = async () => (await getHub()).services.engine().catch(() => null)

interface Query {
  queryKey: QueryKey
  queryFn?: unknown
}

/** Puts answers into the page. One that fails is asked for again by the browser, which then shows the problem. */
export async function prefetch(...queries: Query[]): Promise<void> {
  await renderCursor()
  await Promise.all(queries.map((query) => queryClient().prefetchQuery(query as FetchQueryOptions)))
}

/** The same for a list in pages: its first one. */
export async function prefetchInfinite(query: Query): Promise<void> {
  await renderCursor()
  await queryClient().prefetchInfiniteQuery({ initialPageParam: null, ...query } as FetchInfiniteQueryOptions)
}

/**
 * The same for a list, unless it is longer than `longest`: such a one is handed to the caller instead, and the browser asks for it
 * once the page is there. Null: it is in the page, or failed.
 */
export async function prefetchShort<T>(query: Query, longest: number): Promise<readonly T[] | null> {
  await renderCursor()
  const list = await queryClient()
    .fetchQuery(query as FetchQueryOptions<readonly T[]>)
    .catch(() => null)
  if (list === null || list.length <= longest) return null
  queryClient().removeQueries({ queryKey: query.queryKey, exact: true })
  return list
}

/** The same for what the page is about: a thing that is not there is the 404 page. Null when the answer failed. */
export async function prefetchOne<T>(query: Query): Promise<T | null> {
  await renderCursor()
  try {
    return (await queryClient().fetchQuery(query as FetchQueryOptions)) as T
  } catch (error) {
    if (error instanceof TRPCError && (error.code === 'NOT_FOUND' || error.code === 'BAD_REQUEST')) notFound()
    return null
  }
}

/** Hands what was prefetched to the browser, with the cursor it was read after. */
export async function HydrateClient({ children }: { children: ReactNode }) {
  const cursor = await renderCursor()
  return (
    <Hydrate cursor={cursor} state={dehydrate(queryClient())}>
      {children}
    </Hydrate>
  )
}
