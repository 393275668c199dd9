import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, type TRPCClient } from '@trpc/client'
import superjson from 'superjson'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { eventSourceWith } from './event-source.ts'

export type SendenseClient = TRPCClient<AppRouter>

export interface ClientOptions {
  /** Where the hub is: `https://backups.example.org`. */
  url: string
  /** A token of Settings, Access; a function is asked each time, so that a token can change while the program runs. */
  token?: string | (() => string | Promise<string>)
  /** For programs that signed in instead: `cookie`, and `origin` with the hub's own address. */
  headers?: Record<string, string>
}

/**
 * Everything the dashboard does, typed, for programs in Node: questions and orders over HTTP, `events.subscribe` as server-sent
 * events that come again by themselves from the last one seen.
 */
export function createSendenseClient({ url, token, headers = {} }: ClientOptions): SendenseClient {
  const identity = async (): Promise<Record<string, string>> => {
    const bearer = typeof token === 'function' ? await token() : token
    return { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) }
  }
  const link = { url: new URL('/api/trpc', url).href, transformer: superjson }
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({ ...link, EventSource: eventSourceWith(identity) }),
        false: httpBatchLink({ ...link, headers: identity }),
      }),
    ],
  })
}
