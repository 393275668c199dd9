import type { RuleName } from '#contracts/access.ts'
import { isCookieless, pathParts, ruleOf } from './routes.ts'

/** What is known of a request before anything of it is read. */
export interface AccessRequest {
  method: string
  pathname: string
  origin: string | null
  fetchSite: string | null
  authorization: string | null
  /** `Content-Length`; null: none. */
  contentLength: string | null
  transferEncoding: string | null
}

/** Bytes of a request's body. What the product takes is far smaller. */
export const MAX_BODY = 1024 * 1024
/** And of what strangers may ask: reading a large one costs the hub seconds, for anybody who likes. */
export const MAX_OPEN_BODY = 16 * 1024

export type Access =
  /** A path that could be read in two ways. */
  | { refused: 'path' }
  /** A state-changing request that another site may have caused. */
  | { refused: 'cross-origin' }
  /** A body that is too large, or does not say how large it is. */
  | { refused: 'body' | 'length' }
  /** A token where only a session counts. */
  | { refused: 'token' }
  /** The rule decides. Pages are for sessions, `program` for tokens as well. */
  | { refused: null; rule: RuleName; program: boolean }

/** The token of `Authorization: Bearer …`; null for another scheme (a proxy's own) or none. */
export function bearerOf(authorization: string | null): string | null {
  return /^bearer +(\S.*)$/i.exec(authorization ?? '')?.[1] ?? null
}

/** True when the browser says that the request comes from a page of ours. */
function isSameOrigin({ origin, fetchSite }: AccessRequest, origins: readonly string[]): boolean {
  if (fetchSite !== null && fetchSite !== 'same-origin') return false
  return origin !== null && origins.includes(origin)
}

/**
 * The door: decides before anything of the request is read. A request with a token needs no origin, because no other site
 * can make a browser send one, and the cookie beside it does not count. `origins` are the hub's own.
 */
export function decideAccess(request: AccessRequest, origins: readonly string[]): Access {
  const parts = pathParts(request.pathname)
  if (parts === null) return { refused: 'path' }
  const length = Number(request.contentLength ?? 0)
  if (!(length <= MAX_BODY)) return { refused: 'body' }
  if (request.contentLength === null && request.transferEncoding !== null) return { refused: 'length' }
  // The viewer of the API is a page for people, whatever its address.
  const program = (parts[0] === 'api' && parts[1] !== 'docs') || parts[0] === 'metrics'
  const bearer = program && bearerOf(request.authorization) !== null
  if (bearer && parts[0] === 'api' && parts[1] === 'auth') return { refused: 'token' }
  const safe = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
  if (!safe && !bearer && !isCookieless(parts) && !isSameOrigin(request, origins)) return { refused: 'cross-origin' }
  const rule = ruleOf(request.method, parts)
  if (rule === 'open' && length > MAX_OPEN_BODY) return { refused: 'body' }
  return { refused: null, rule, program }
}

/** A path to go to after sign-in: only one of this site, else the first page. */
export function safeNext(next: string | null | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || /[\\\p{Cc}]/u.test(next)) return '/'
  if (next.startsWith('/sign-in') || next.startsWith('/setup') || next.startsWith('/api/'))
    return next === '/api/docs' ? next : '/'
  return next
}
