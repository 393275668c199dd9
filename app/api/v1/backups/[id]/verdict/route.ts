import { rest } from '#server/web/rest.ts'

export const dynamic = 'force-dynamic'

/** How a backup stands, by its id or its job's: `contracts/verdict.ts`. */
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params
  return rest(request, (call) => call.backups.verdict({ id }))
}
