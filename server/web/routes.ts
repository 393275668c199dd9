import type { RuleName } from '#contracts/access.ts'
import { operations } from '../rest/operations.ts'
import { ruleOfProcedure } from '../rest/rules.ts'

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof methods)[number]

/** Pages, as Next spells their folders. They are for sessions: no token opens one. */
export const pages: Readonly<Record<string, RuleName>> = {
  '/': 'read',
  '/[...nowhere]': 'read',
  '/appliances': 'read',
  '/backups': 'read',
  '/backups/[id]': 'read',
  '/exports': 'read',
  '/housekeeping': 'read',
  '/refused': 'read',
  '/repositories': 'read',
  '/settings': 'read',
  '/settings/access': 'own',
  '/settings/hub': 'read',
  '/settings/audit': 'people',
  '/settings/people': 'people',
  '/setup': 'open',
  '/sign-in': 'open',
  '/sign-in/link': 'open',
  '/sign-in/password': 'open',
  '/vms': 'read',
  '/vms/[id]': 'read',
}

export interface Route {
  /** The rule of each method that the route answers. */
  methods: Readonly<Partial<Record<Method, RuleName>>>
  /** What decides beyond the rule, when something does. */
  itself?: string
}

/** Routes (`route.ts`), as Next spells their folders. */
export const apiRoutes: Readonly<Record<string, Route>> = {
  '/api/auth/[...all]': {
    methods: { GET: 'open', POST: 'open' },
    itself: 'only listed paths of better-auth, and never by a token',
  },
  '/api/enroll/challenge': { methods: { POST: 'open' }, itself: 'a pairing code that is open' },
  '/api/enroll/request': { methods: { POST: 'open' }, itself: 'proof of the pairing code, and of the appliance’s key' },
  '/api/enroll/status': {
    methods: { POST: 'open' },
    itself: 'the id of the request; the answer is sealed to who asked',
  },
  '/api/docs': { methods: { GET: 'read' } },
  '/api/docs/[file]': { methods: { GET: 'read' } },
  '/api/health': { methods: { GET: 'open' } },
  '/api/metrics': { methods: { GET: 'open' }, itself: 'the token in secrets/metrics-token, or the rule read' },
  '/api/trpc/[trpc]': { methods: { GET: 'read', POST: 'read' }, itself: 'the rule of each procedure' },
  '/api/v1/[...operation]': {
    methods: { GET: 'read', POST: 'read', PUT: 'read', PATCH: 'read', DELETE: 'read' },
    itself: 'the rule of each operation’s procedure: docs/api.md',
  },
  '/api/v1/audit': { methods: { GET: 'people' } },
  '/metrics': { methods: { GET: 'open' }, itself: 'as /api/metrics' },
}

/** Procedures that strangers reach. A batch that names another beside them needs a session. */
export const openProcedures: readonly string[] = ['setup.createAdministrator', 'setup.state']

/** Files for everybody. */
const openFiles: readonly string[] = ['/_next/static/[...file]', '/icon.svg', '/favicon.ico']

/** The operations of REST, as the route's folders would be called: an odd spelling of a path finds no other rule. */
const operationRoutes = Object.groupBy(operations, ({ path }) => `/api/v1${path.replaceAll(/\{(\w+)\}/g, '[$1]')}`)

const readers = (rule: RuleName): Route['methods'] => ({ GET: rule })
const all: Readonly<Record<string, Route['methods']>> = {
  ...Object.fromEntries(Object.entries(pages).map(([path, rule]) => [path, readers(rule)])),
  ...Object.fromEntries(Object.entries(apiRoutes).map(([path, route]) => [path, route.methods])),
  ...Object.fromEntries(
    Object.entries(operationRoutes).map(([path, here = []]) => [
      path,
      Object.fromEntries(here.map(({ method, procedure }) => [method, ruleOfProcedure(procedure)])),
    ]),
  ),
  ...Object.fromEntries(openFiles.map((path) => [path, readers('open')])),
  ...Object.fromEntries(openProcedures.map((name) => [`/api/trpc/${name}`, { GET: 'open', POST: 'open' }])),
}

/**
 * Asked by appliances, which are no browsers: the exchange proves both sides itself (lib/enrolment) and no cookie counts in it, so
 * there is nothing that another site could borrow.
 */
export const isCookieless = (parts: readonly string[]): boolean => parts[0] === 'api' && parts[1] === 'enroll'

const rank = (part: string) => (part.startsWith('[...') ? 2 : part.startsWith('[') ? 1 : 0)
const patterns = Object.entries(all)
  .map(([path, byMethod]) => ({ parts: path.split('/').filter(Boolean), byMethod }))
  // What is spelled out goes before a parameter, and that before the rest of a path.
  .toSorted((a, b) => ranks(a.parts).localeCompare(ranks(b.parts)))

function ranks(parts: readonly string[]): string {
  return parts.map(rank).join('')
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  const rest = pattern.at(-1)?.startsWith('[...') ?? false
  if (rest ? parts.length < pattern.length : parts.length !== pattern.length) return false
  return pattern.every((part, at) => rank(part) > 0 || part === parts[at])
}

/**
 * The parts of a path as Next reads them: decoded, without empty ones. Null for a path that could be read in two ways
 * (`..`, an encoded slash, a backslash, control characters, broken encoding): it is refused.
 */
export function pathParts(pathname: string): string[] | null {
  try {
    const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
    return parts.some((part) => part === '.' || part === '..' || /[/\\\p{Cc}]/u.test(part)) ? null : parts
  } catch {
    return null
  }
}

/** The rule of a path and method. What stands in no table needs somebody who is known: the rule `read`. */
export function ruleOf(method: string, parts: readonly string[]): RuleName {
  const found = patterns.find(({ parts: pattern }) => matches(pattern, parts))
  const asked = method === 'HEAD' || method === 'OPTIONS' ? 'GET' : (method as Method)
  return found?.byMethod[asked] ?? 'read'
}
