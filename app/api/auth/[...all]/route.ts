import { getHub } from '#server/web/hub.ts'

export const dynamic = 'force-dynamic'

const handler = async (request: Request) => (await getHub()).auth.handler(request)

export { handler as GET, handler as POST }
