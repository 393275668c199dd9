import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { operations } from '#server/rest/operations.ts'
import { exampleText, shortened } from './examples.ts'
import { partOf, withPart } from './page.ts'
import { readTables } from './relations.ts'
import { operationTable, relationTable } from './tables.ts'

const root = path.resolve(import.meta.dirname, '../..')
const page = await readFile(path.join(root, 'docs/api.md'), 'utf8')
const tables = readTables(await readFile(path.join(root, 'prisma/schema.prisma'), 'utf8'))

it('docs/api.md has every operation, and the tables that the code says (npm run docs:api)', () => {
  expect(partOf(page, 'operations')).toBe(operationTable(operations))
  expect(partOf(page, 'tables')).toBe(relationTable(operations, tables))
})

it('the example of the client is the one that is tried', async () => {
  const example = await readFile(path.join(root, 'client/example.ts'), 'utf8')
  expect(partOf(page, 'client')).toContain(example.trim())
})

it('its examples come from a running hub', () => {
  const examples = partOf(page, 'examples')
  for (const words of [
    '"backup_id": "backup-pgtest1-',
    '2000:nbd://127.0.0.1:',
    '"next_cursor"',
    '"problem"',
    '"build_id"',
  ])
    expect(examples).toContain(words)
  expect(examples).not.toMatch(/\/tmp\/|session_token|Bearer [A-Za-z0-9]/)
})

it('relations are read from the schema', () => {
  expect(tables.find(({ name }) => name === 'backup_jobs')?.relations).toContain('vmId → virtual_machines.id')
  expect(tables.length).toBeGreaterThan(15)
})

it('a part is replaced between its marks, and long lists are cut', () => {
  const text = 'a\n<!-- x: written by npm run docs:api -->\nold\n<!-- /x -->\nb'
  expect(partOf(withPart(text, 'x', 'new'), 'x')).toBe('new')
  expect(() => partOf(text, 'y')).toThrow('"y"')
  expect(shortened({ a: [1, 2, 3] })).toEqual({ a: [1, 2, '… 1 more'] })
  const told = [{ title: 'T', method: 'GET', path: '/vms', status: 200, answer: { path: '/tmp/x/1' } }]
  expect(exampleText(told, new Map([['/tmp/x', '/srv']]))).toContain('"path": "/srv/1"')
})
