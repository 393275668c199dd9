import { apiDocs } from '#server/web/api-docs/serve.ts'

export const dynamic = 'force-dynamic'

/** A file of its viewer. */
export async function GET(_: Request, { params }: { params: Promise<{ file: string }> }): Promise<Response> {
  return apiDocs((await params).file)
}
