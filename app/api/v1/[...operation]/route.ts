import { rest } from '#server/web/rest.ts'

export const dynamic = 'force-dynamic'

// What there is, by which method, stands in server/rest/operations.ts.
export { rest as DELETE, rest as GET, rest as HEAD, rest as OPTIONS, rest as PATCH, rest as POST, rest as PUT }
