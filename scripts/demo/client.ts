import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import superjson from 'superjson'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { eventSourceWith } from './event-source.ts'

/**
 * The hub's API as any program may use it: tRPC over HTTP, events by SSE.
 * @param headers  `origin` (the hub's own address: state-changing requests need it) and, once signed in, `cookie`
 */
export function createClient(url: string, headers: Record<string, string>) {
  const link = { url: new URL('/api/trpc', url).href, transformer: superjson }
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ ...link, EventSource: eventSourceWith(headers) }),
        false: httpLink({ ...link, headers }),
      }),
    ],
  })
}
export type HubClient = ReturnType<typeof createClient>
