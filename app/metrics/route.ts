export const dynamic = 'force-dynamic'

/** Where Prometheus looks when it is told nothing else: the same as `/api/metrics`. */
export { GET } from '../api/metrics/route.ts'
