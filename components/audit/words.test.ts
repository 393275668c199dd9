import { expect, it } from 'vitest'
import { authEndpoints } from '#server/services/auth/endpoints.ts'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { about, actionWords, given } from './words.ts'

it('has words for everything that is written into the trail', () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>
  const asked = Object.entries(procedures).flatMap(([name, { _def }]) => (_def.type === 'mutation' ? [name] : []))
  const auth = authEndpoints.flatMap((endpoint) =>
    endpoint.startsWith('POST /') ? [endpoint.slice('POST /'.length).replaceAll('/', '.')] : [],
  )
  expect(asked.length).toBeGreaterThan(30)
  expect([...asked, ...auth, 'audit.export', 'reset-access'].filter((action) => actionWords(action) === null)).toEqual(
    [],
  )
  expect(actionWords('nothing.like.it')).toBeNull()
})

it('calls things by their names, and what is gone by its id', () => {
  const target = { vmId: 'v', repositoryId: 'gone', type: 'full' }
  expect(about(target, { v: 'web-01' })).toBe('machine: web-01, repository: gone, type: full')
  expect(about({ id: 'v' }, { v: 'web-01' })).toBe('web-01')
  expect(about({ scopes: ['read', 'backup'], items: [null] }, {})).toBe('scopes: read backup, items: [null]')
  expect(about({ name: 'constructor', toString: 'x' }, {})).toBe('name: constructor, toString: x')
  expect(about(null, {})).toBe('')
  expect(given(target)).toBe('vmId: v, repositoryId: gone, type: full')
})
