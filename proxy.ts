import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { refusal } from '#contracts/access.ts'
import { operations } from '#server/rest/operations.ts'
import { allowedOrigins } from '#server/services/auth/origins.ts'
import { type Access, bearerOf, decideAccess } from '#server/web/access.ts'
import { getHub, type WebHub } from '#server/web/hub.ts'
import { addressOf, identify, ofSession } from '#server/web/identity.ts'
import { cannotLookUp, doorProblem, logLookUp, problemResponse } from '#server/web/problem-response.ts'
import { refusedNote } from '#server/web/refused.ts'
import { dataPolicy, pagePolicy } from '#server/web/security-headers.ts'

/** Every request passes here first (there is no matcher on purpose): the rule of its path decides. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname } = request.nextUrl
  try {
    return await admit(request, pathname)
  } catch (error) {
    if (!pathname.startsWith('/api/')) throw error
    logLookUp(error, pathname)
    return problemResponse(503, cannotLookUp, pathname)
  }
}

async function admit(request: NextRequest, pathname: string): Promise<NextResponse> {
  const hub = await getHub()
  const access = decideAccess(
    {
      method: request.method,
      pathname,
      origin: request.headers.get('origin'),
      fetchSite: request.headers.get('sec-fetch-site'),
      authorization: request.headers.get('authorization'),
      contentLength: request.headers.get('content-length'),
      transferEncoding: request.headers.get('transfer-encoding'),
    },
    allowedOrigins(hub.env),
  )
  if (access.refused !== null) return problemResponse(...doorProblem(access.refused, hub.env.url), pathname)
  if (access.rule === 'open') return pass(request, pathname)
  const { identity, cookies } = await whoAsks(hub, request, access)
  if (!identity) return stranger(hub, request, access)
  const refused = refusal(access.rule, identity)
  if (refused && access.program) {
    const who = { identity, address: addressOf(request.headers) }
    const note = refusedNote(operations, { method: request.method, pathname }, who)
    if (note) await hub.access.audit.note(note)
    return problemResponse(403, { code: 'forbidden', ...refused }, pathname)
  }
  const response = refused ? pass(request, '/refused', { elsewhere: true }) : pass(request, pathname)
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** A program by its token, a person by a session, which is renewed here when it is time. */
async function whoAsks(hub: WebHub, request: NextRequest, { program }: Extract<Access, { refused: null }>) {
  if (program && bearerOf(request.headers.get('authorization')) !== null)
    return { identity: await identify(hub, request.headers), cookies: [] }
  const { headers, response } = await hub.auth.api.getSession({ headers: request.headers, returnHeaders: true })
  return { identity: response && ofSession(response), cookies: headers.getSetCookie() }
}

/** Nobody we know: a program is told so, a person is led to the door. */
async function stranger(hub: WebHub, request: NextRequest, { program }: Extract<Access, { refused: null }>) {
  const { pathname, search } = request.nextUrl
  const withToken = bearerOf(request.headers.get('authorization')) !== null
  if (program) return problemResponse(...doorProblem(withToken ? 'unknown-token' : 'nobody', hub.env.url), pathname)
  const target = new URL((await hub.setup.needed()) ? '/setup' : '/sign-in', request.url)
  if (pathname !== '/' && target.pathname === '/sign-in') target.searchParams.set('next', `${pathname}${search}`)
  return NextResponse.redirect(target)
}

/** Lets the request through, or to the page that says why not, with the policy its answer is shown under. */
function pass(request: NextRequest, pathname: string, { elsewhere = false } = {}): NextResponse {
  // The viewer of the API says its own policy.
  if (pathname.startsWith('/_next/static/') || isViewer(pathname)) return NextResponse.next()
  if (pathname.startsWith('/api/')) {
    return NextResponse.next({ headers: { 'content-security-policy': dataPolicy } })
  }
  const policy = pagePolicy(randomBytes(16).toString('base64'), process.env.NODE_ENV === 'development')
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  const answer = { request: { headers }, headers: { 'content-security-policy': policy } }
  if (elsewhere) return NextResponse.rewrite(new URL(pathname, request.url), answer)
  return NextResponse.next(answer)
}

const isViewer = (pathname: string) => pathname === '/api/docs' || pathname.startsWith('/api/docs/')
