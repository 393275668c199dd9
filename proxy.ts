import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { allowedOrigins } from '#server/services/auth/origins.ts'
import { unauthenticated } from '#server/trpc/errors.ts'
import { decideAccess } from '#server/web/access.ts'
import { getHub } from '#server/web/hub.ts'
import { cannotLookUp, crossOriginProblem, problemResponse } from '#server/web/problem-response.ts'
import { dataPolicy, pagePolicy } from '#server/web/security-headers.ts'

/** Every request passes here first (there is no matcher on purpose): what needs a session is refused without one. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname } = request.nextUrl
  try {
    return await admit(request)
  } catch (error) {
    if (!pathname.startsWith('/api/')) throw error
    console.error(JSON.stringify({ level: 'error', at: new Date().toISOString(), path: pathname, error: String(error) }))
    return problemResponse(503, cannotLookUp, pathname)
  }
}

async function admit(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl
  const hub = await getHub()
  const access = decideAccess(
    {
      method: request.method,
      pathname,
      origin: request.headers.get('origin'),
      fetchSite: request.headers.get('sec-fetch-site'),
    },
    allowedOrigins(hub.env),
  )
  if (access === 'cross-origin') return problemResponse(403, crossOriginProblem(hub.env.url), pathname)
  if (access === 'open') return pass(request, pathname)

  const { headers, response: session } = await hub.auth.api.getSession({
    headers: request.headers,
    returnHeaders: true,
  })
  if (!session) {
    if (pathname.startsWith('/api/') && pathname !== '/api/docs') return problemResponse(401, unauthenticated.problem, pathname)
    const target = new URL((await hub.setup.needed()) ? '/setup' : '/sign-in', request.url)
    if (pathname !== '/' && target.pathname === '/sign-in') target.searchParams.set('next', `${pathname}${search}`)
    return NextResponse.redirect(target)
  }
  const response = pass(request, pathname)
  for (const cookie of headers.getSetCookie()) response.headers.append('set-cookie', cookie)
  return response
}

/** Lets the request through, with the policy its answer is shown under. */
function pass(request: NextRequest, pathname: string): NextResponse {
  // The viewer of the API says its own.
  if (pathname.startsWith('/_next/static/') || isViewer(pathname)) return NextResponse.next()
  if (pathname.startsWith('/api/')) {
    return NextResponse.next({ headers: { 'content-security-policy': dataPolicy } })
  }
  const policy = pagePolicy(randomBytes(16).toString('base64'), process.env.NODE_ENV === 'development')
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  return NextResponse.next({ request: { headers }, headers: { 'content-security-policy': policy } })
}

const isViewer = (pathname: string) => pathname === '/api/docs' || pathname.startsWith('/api/docs/')
