import { describe, expect, it } from 'vitest'
import { decideAccess, safeNext } from './access.ts'

const origins = ['http://127.0.0.1:3000']
const ask = (pathname: string, rest: Partial<Parameters<typeof decideAccess>[0]> = {}) =>
  decideAccess({ method: 'GET', pathname, origin: null, fetchSite: null, ...rest }, origins)

describe('access', () => {
  it.each([
    '/',
    '/vms',
    '/vms/x',
    '/api/trpc/vms.list',
    '/api/trpc/setup.state,vms.list',
    '/api/other',
    '/api/v1/backups/x/verdict',
    '/api/v1/support/x',
    '/metrics/x',
    '/_next/image',
  ])('needs a session for %s', (path) => expect(ask(path)).toBe('session'))

  it.each([
    '/sign-in',
    '/sign-in/link',
    '/setup',
    '/api/health',
    '/metrics',
    '/api/auth/get-session',
    '/_next/static/a.js',
  ])('lets everybody ask for %s', (path) => expect(ask(path)).toBe('open'))

  it.each([
    '/sign-in/',
    '/sign-inx',
    '/setup/x',
    '/api/auth',
    '/api/authx',
    '/api/healthz',
    '/_next/static/../server/x',
  ])('takes no look-alike: %s', (path) => expect(ask(path)).toBe('session'))

  it('wants the own origin for what changes state, open or not', () => {
    const own = origins[0] ?? ''
    for (const path of ['/api/trpc/backups.start', '/api/auth/sign-in/email']) {
      expect(ask(path, { method: 'POST' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: 'null' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: 'http://evil.example' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: own, fetchSite: 'cross-site' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: own, fetchSite: 'same-origin' })).not.toBe('cross-origin')
    }
    expect(ask('/api/trpc/x', { method: 'POST', origin: own })).toBe('session')
  })
})

describe('the way on after sign-in', () => {
  it('keeps paths of this site', () => {
    expect(safeNext('/backups/backup-a-1?x=1')).toBe('/backups/backup-a-1?x=1')
  })
  it.each([
    null,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/a\nb',
    '/sign-in?next=/',
    '/api/x',
  ])('refuses %j', (next) => expect(safeNext(next)).toBe('/'))
})
