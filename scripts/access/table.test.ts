import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { accessPage } from './table.ts'

it('docs/access.md is what the code says (npm run docs:access)', async () => {
  const kept = await readFile(path.resolve(import.meta.dirname, '../../docs/access.md'), 'utf8')
  expect(kept).toBe(accessPage())
  expect(kept).toMatch(/\| `backups.start` \| mutation \| `backup` \| operator, administrator \| backup, admin \|/)
})
