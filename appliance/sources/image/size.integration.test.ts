import { truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { run } from '#lib/process/run.ts'
import { diskSize } from './size.ts'

const made = new AsyncDisposableStack()
let directory: string
beforeAll(async () => {
  directory = made.use(await testDirectory('size')).path
})
afterAll(() => made.disposeAsync())

const sizeOf = (name: string) =>
  diskSize({ plugin: 'file', path: path.join(directory, name), identity: null }, 'disk 2000')

it('is exact, also of a file that is mostly hole', async () => {
  await writeFile(path.join(directory, 'odd.raw'), 'x')
  await truncate(path.join(directory, 'odd.raw'), 65_537)
  expect(await sizeOf('odd.raw')).toBe(65_537)
})

it('refuses an empty file, a directory, and a FIFO without waiting for its writer', async () => {
  await writeFile(path.join(directory, 'empty'), '')
  await expect(sizeOf('empty')).rejects.toThrow('0 bytes')
  await expect(sizeOf('.')).rejects.toThrow('neither a file nor a block device')
  expect((await run('mkfifo', [path.join(directory, 'fifo')])).ok).toBe(true)
  await expect(sizeOf('fifo')).rejects.toThrow('neither a file nor a block device')
})
