import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { getHub } from '#server/web/hub.ts'
import { contextOf, identify } from '#server/web/identity.ts'
import { logFault } from '#server/web/log.ts'

export const dynamic = 'force-dynamic'

const handler = (req: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req,
    router: appRouter,
    async createContext() {
      const hub = await getHub()
      return contextOf(hub, await identify(hub, req.headers), req.headers)
    },
    onError: ({ error, path }) => logFault(error, path),
  })

export { handler as GET, handler as POST }
