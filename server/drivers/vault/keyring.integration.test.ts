import { readdir, readFile, stat } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { testDirectory } from '../testing/directory.ts'
import { createKeyring, keyFiles } from './driver.ts'

it('a rotation that is cut off anywhere leaves everything readable, and goes on', async () => {
  await using made = await testDirectory()
  const ring = createKeyring(made.path)
  const files = keyFiles(made.path)
  const before = await ring.seal('old', 'a')
  const first = await readFile(files.key)
  expect(await ring.begin()).toEqual({ resumed: false })
  const during = await ring.seal('new', 'a')
  for (const other of [ring, createKeyring(made.path)]) {
    expect((await other.open(before, 'a')).toString()).toBe('old')
    expect((await other.open(during, 'a')).toString()).toBe('new')
  }
  const next = await readFile(files.next)
  expect(await createKeyring(made.path).begin()).toEqual({ resumed: true })
  expect(await readFile(files.next)).toEqual(next)
  await ring.finish()
  expect(await readFile(files.key)).toEqual(next)
  expect(next.equals(first)).toBe(false)
  expect((await stat(files.key)).mode & 0o777).toBe(0o600)
  expect(await readdir(made.path)).toEqual(['vault.key'])
  expect((await ring.open(during, 'a')).toString()).toBe('new')
  await expect(ring.open(before, 'a')).rejects.toMatchObject({ problem: { code: 'internal' } })
  await expect(ring.open(during, 'b')).rejects.toMatchObject({ problem: { code: 'internal' } })
})
