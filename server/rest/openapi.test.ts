import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, it } from 'vitest'
import { appRouter } from '../trpc/routers/_app.ts'
import { openApi, problemStatuses } from './openapi.ts'
import { operations } from './operations.ts'

const document = openApi(operations, { version: '1.2.3', url: 'http://127.0.0.1:3000' })
const text = JSON.stringify(document)

it('a public linter finds nothing in the description', async () => {
  // The hub's own address may be loopback; the product has no public licence to name.
  const rules = { 'no-server-example.com': 'off', 'info-license': 'off' } as const
  const config = await createConfig({ extends: ['recommended'], rules })
  const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

it('every operation is described, and nothing else', () => {
  const described = Object.entries(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  )
  expect(described).toEqual(operations.map(({ id, method, path }) => `${id} ${method.toLowerCase()} ${path}`))
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
})

it('every operation names a procedure that there is, and says what it does and touches', () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>
  for (const operation of operations) {
    const procedure = procedures[operation.procedure]
    expect(procedure, operation.procedure).toBeDefined()
    // What a GET could change, another site could change with somebody's cookie. (A file was made by a POST before.)
    if (operation.method === 'GET' && operation.kind !== 'file') expect(procedure?._def.type).not.toBe('mutation')
    if (operation.method !== 'GET') expect(procedure?._def.type).toBe('mutation')
    expect(operation.summary).toMatch(/^[A-Z][^.]*$/)
    expect(operation.answer !== null || operation.kind !== 'json' || operation.status === 204).toBe(true)
    expect(problemStatuses(operation)).toEqual(expect.arrayContaining([400, 401, 429, 503]))
    if (operation.method === 'POST') expect(operation.writes).toContain('idempotency_keys')
  }
})

it('names are snake_case everywhere', () => {
  const names = new Set<string>()
  const collect = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'properties') for (const name of Object.keys(inner)) names.add(name)
      collect(inner)
    }
  }
  collect(document)
  expect(names.size).toBeGreaterThan(80)
  expect([...names].filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([])
})
