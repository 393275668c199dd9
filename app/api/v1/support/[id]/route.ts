import { Readable } from 'node:stream'
import { rest } from '#server/web/rest.ts'

export const dynamic = 'force-dynamic'

/** The support bundle that was prepared and shown (`support.prepare`), as one archive. */
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params
  return rest(request, async (_, { services }) => {
    const { fileName, stream } = await services.support.archive(id)
    return new Response(Readable.toWeb(stream) as ReadableStream, {
      headers: {
        'content-type': 'application/gzip',
        'content-disposition': `attachment; filename="${fileName}"`,
        'cache-control': 'no-store',
      },
    })
  })
}
