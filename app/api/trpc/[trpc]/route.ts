import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { getHub } from '#server/web/hub.ts'
import { logFault } from '#server/web/log.ts'
import { readSession } from '#server/web/session.ts'

export const dynamic = 'force-dynamic'

const handler = (req: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req,
    router: appRouter,
    async createContext() {
      const hub = await getHub()
      return { services: hub.services, setup: hub.setup, session: await readSession(hub, req.headers) }
    },
    onError: ({ error, path }) => logFault(error, path),
  })

export { handler as GET, handler as POST }
