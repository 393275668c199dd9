import { apiDocs } from '#server/web/api-docs/serve.ts'

export const dynamic = 'force-dynamic'

/** The description of /api/v1, to be browsed and tried. */
export const GET = () => apiDocs('')
