/** Who may ask for what: the one place. A path that stands nowhere here needs a session. */
export interface AccessRequest {
  method: string
  pathname: string
  origin: string | null
  fetchSite: string | null
}

export type Access =
  /** Everybody may. */
  | 'open'
  /** A session is needed. */
  | 'session'
  /** A state-changing request that another site may have caused. */
  | 'cross-origin'

const openPaths = new Set([
  '/sign-in',
  '/sign-in/link',
  '/setup',
  '/api/health',
  // They ask for their own token.
  '/api/metrics',
  '/metrics',
  '/api/trpc/setup.state',
  '/api/trpc/setup.createAdministrator',
  '/icon.svg',
  '/favicon.ico',
])
const openTrees = ['/api/auth/', '/_next/static/']

function isOpen(pathname: string): boolean {
  if (openPaths.has(pathname)) return true
  return !pathname.includes('..') && openTrees.some((tree) => pathname.startsWith(tree))
}

/** True when the browser says that the request comes from a page of ours. */
function isSameOrigin({ origin, fetchSite }: AccessRequest, origins: readonly string[]): boolean {
  if (fetchSite !== null && fetchSite !== 'same-origin') return false
  return origin !== null && origins.includes(origin)
}

/** Decides before anything of the request is read. `origins` are the hub's own. */
export function decideAccess(request: AccessRequest, origins: readonly string[]): Access {
  const safe = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
  if (!safe && !isSameOrigin(request, origins)) return 'cross-origin'
  return isOpen(request.pathname) ? 'open' : 'session'
}

/** A path to go to after sign-in: only one of this site, else the first page. */
export function safeNext(next: string | null | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || /[\\\p{Cc}]/u.test(next)) return '/'
  if (next.startsWith('/sign-in') || next.startsWith('/setup') || next.startsWith('/api/')) return next === '/api/docs' ? next : '/'
  return next
}
