import { defaultShouldDehydrateQuery, MutationCache, QueryClient } from '@tanstack/react-query'
import superjson from 'superjson'
import { problemOf } from './problem.ts'

const permanent = new Set(['bad_input', 'unauthenticated', 'forbidden', 'not_found', 'conflict'])

const inBrowser = typeof window !== 'undefined'

/**
 * One for each render on the server, one for each tab in the browser. Answers never grow old by themselves: events say
 * what changed, so nothing polls. What a person did is asked for again when it is done.
 */
export function makeQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    mutationCache: new MutationCache({ onSettled: () => void client.invalidateQueries() }),
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) => inBrowser && failures < 2 && !permanent.has(problemOf(error).code),
      },
      dehydrate: { serializeData: superjson.serialize, shouldDehydrateQuery: defaultShouldDehydrateQuery },
      hydrate: { deserializeData: superjson.deserialize },
    },
  })
  return client
}
