import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { refusal } from '#contracts/access.ts'
import { shouldPass, testAskers } from '../testing/askers.ts'
import { appRouter } from '../trpc/routers/_app.ts'
import { decideAccess, safeNext } from './access.ts'
import { apiRoutes, openProcedures, pages } from './routes.ts'

const origins = ['http://127.0.0.1:3000']
const own = origins[0] ?? ''
const door = (pathname: string, rest: Partial<Parameters<typeof decideAccess>[0]> = {}) =>
  decideAccess(
    {
      method: 'GET',
      pathname,
      origin: null,
      fetchSite: null,
      authorization: null,
      contentLength: null,
      transferEncoding: null,
      ...rest,
    },
    origins,
  )
/** The rule that the door found, or why it is closed. */
const ask = (...args: Parameters<typeof door>) => {
  const access = door(...args)
  return access.refused ?? access.rule
}

const app = path.resolve(import.meta.dirname, '../../app')
const addresses = (kind: string) =>
  globSync(`**/${kind}`, { cwd: app }).map((file) => ({
    file: path.join(app, file),
    address: `/${path
      .dirname(file)
      .split(path.sep)
      .filter((part) => part !== '.' && !part.startsWith('('))
      .join('/')}`,
  }))

describe('the table of routes', () => {
  it('names every page under app/, and no other', () => {
    const found = addresses('page.tsx').map(({ address }) => address)
    expect(found.toSorted()).toEqual(Object.keys(pages).toSorted())
  })

  it('names every route under app/ with the methods it answers, and no other', async () => {
    const found = await Promise.all(
      addresses('route.ts').map(async ({ file, address }) => {
        const exports = (await readFile(file, 'utf8')).match(/^export .*$/gm)?.join(' ') ?? ''
        return [address, (exports.match(/\b(GET|POST|PUT|PATCH|DELETE)\b/g) ?? []).toSorted()] as const
      }),
    )
    const told = Object.entries(apiRoutes).map(([address, route]) => [address, Object.keys(route.methods).toSorted()])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(told))
  })

  it('lets strangers to those procedures that are open', () => {
    const open = Object.entries(appRouter._def.procedures as object)
      .filter(([, { _def }]) => (_def as { meta?: { rule: string } }).meta?.rule === 'open')
      .map(([name]) => name)
    expect(openProcedures.toSorted()).toEqual(open.toSorted())
  })

  it('admits at the door whom its rule admits', () => {
    const all = [
      ...Object.entries(pages).map(([address, rule]) => ({ address, method: 'GET', rule })),
      ...Object.entries(apiRoutes).flatMap(([address, { methods }]) =>
        Object.entries(methods).map(([method, rule]) => ({ address, method, rule })),
      ),
    ]
    expect(all.length).toBeGreaterThan(20)
    for (const { address, method, rule } of all) {
      const concrete = address.replace('[...nowhere]', 'no/where').replace(/\[[^\]]+\]/g, 'x')
      const access = door(concrete, { method, origin: own })
      expect(access, `${method} ${concrete}`).toMatchObject({ refused: null, rule })
      for (const asker of testAskers) {
        const passes = asker.identity === null ? rule === 'open' : refusal(rule, asker.identity) === null
        expect(passes, `${asker.label} at ${method} ${address}`).toBe(shouldPass(rule, asker))
      }
    }
  })
})

describe('the door', () => {
  it.each([
    '/vms/x',
    '/api/trpc/vms.list',
    '/api/trpc/setup.state,vms.list',
    '/api/other',
    '/metrics/x',
    '/_next/image',
  ])('needs somebody who is known for %s', (path) => expect(ask(path)).toBe('read'))

  it.each(['/sign-in', '/api/trpc/setup.state', '/metrics', '/api/auth/get-session', '/_next/static/a.js'])(
    'lets everybody ask for %s',
    (path) => expect(ask(path)).toBe('open'),
  )

  it.each([
    '/sign-inx',
    '/setup/x',
    '/SETUP',
    '/api/auth',
    '/api/authx',
    '/api/healthz',
    '/API/health',
    '/%2561pi/health',
  ])('takes no look-alike: %s', (path) => expect(ask(path)).toBe('read'))

  it.each([
    ['/api/v1/support/x/', 'manage'],
    ['//api//v1/support/x', 'manage'],
    ['/api/v1/%73upport/x', 'manage'],
    ['/%61pi/v1/support/x', 'manage'],
    ['/sign-in/', 'open'],
  ])('reads %s as Next does', (path, rule) => expect(ask(path)).toBe(rule))

  it.each([
    '/_next/static/../server/x',
    '/api/health/%2e%2e/v1',
    '/api%2fhealth',
    '/api/health%5cx',
    '/vms/%00',
    '/vms/%0a',
    '/%',
    '/%ff',
  ])('refuses what can be read in two ways: %s', (path) => expect(ask(path)).toBe('path'))

  it('wants the own origin for what changes state with a cookie, open or not', () => {
    for (const path of ['/api/trpc/backups.start', '/api/auth/sign-in/email']) {
      expect(ask(path, { method: 'POST' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: 'null' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: 'http://evil.example' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: own, fetchSite: 'cross-site' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: own, authorization: 'Basic eDp5' })).not.toBe('cross-origin')
      expect(ask(path, { method: 'POST', authorization: 'Basic eDp5' })).toBe('cross-origin')
      expect(ask(path, { method: 'POST', origin: own, fetchSite: 'same-origin' })).not.toBe('cross-origin')
    }
  })

  it('takes no body that is too large or does not say how large it is', () => {
    const post = { method: 'POST', origin: own }
    expect(ask('/api/trpc/x', { ...post, contentLength: '1048576' })).toBe('read')
    expect(ask('/api/trpc/x', { ...post, contentLength: '1048577' })).toBe('body')
    expect(ask('/api/auth/sign-in/email', { ...post, contentLength: 'x' })).toBe('body')
    expect(ask('/api/trpc/setup.createAdministrator', { ...post, contentLength: '16384' })).toBe('open')
    expect(ask('/api/trpc/setup.createAdministrator', { ...post, contentLength: '16385' })).toBe('body')
    expect(ask('/api/trpc/x', { ...post, transferEncoding: 'chunked' })).toBe('length')
  })

  it('wants no origin of a token, and takes none for pages and sign-in', () => {
    const authorization = 'Bearer x'
    expect(door('/api/trpc/x', { method: 'POST', authorization })).toMatchObject({ rule: 'read', program: true })
    expect(ask('/api/auth/sign-in/email', { method: 'POST', authorization })).toBe('token')
    expect(ask('/vms', { method: 'POST', authorization })).toBe('cross-origin')
    // An appliance that enrols is no browser and sends no origin.
    expect(ask('/api/enroll/request', { method: 'POST' })).toBe('open')
    expect(ask('/api/enroll/other', { method: 'POST' })).toBe('read')
    expect(door('/vms', { authorization })).toMatchObject({ program: false })
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
