import { readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { testDirectory } from '../testing/directory.ts'
import { readOrCreateKey } from './driver.ts'

it('makes one key, 0600, whoever comes first; refuses one of another length', async () => {
  await using made = await testDirectory()
  const file = path.join(made.path, 'vault.key')
  const keys = await Promise.all(Array.from({ length: 20 }, () => readOrCreateKey(file, 32)))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(keys[0]?.length).toBe(32)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(made.path)).toEqual(['vault.key'])
  await writeFile(file, 'short')
  await expect(readOrCreateKey(file, 32)).rejects.toMatchObject({ problem: { code: 'internal' } })
})
