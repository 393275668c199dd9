import { restApi as api } from '#server/web/rest-api.ts'

export const dynamic = 'force-dynamic'

// What there is, by which method, stands in server/rest/operations.ts.
export { api as DELETE, api as GET, api as HEAD, api as OPTIONS, api as PATCH, api as POST, api as PUT }
