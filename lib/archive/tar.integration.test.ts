import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { runOrThrow } from '../process/run.ts'
import { tarChunks } from './tar.ts'

it('tar itself reads what was written, byte for byte', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sendense-tar-'))
  try {
    const files = [0, 1, 511, 512, 513, 100_000].map((length) => ({
      ...{ name: `in/file-${length}.bin`, modifiedAt: Date.now() },
      content: Buffer.alloc(length, `${length}!`),
    }))
    await writeFile(path.join(directory, 'a.tar'), Buffer.concat([...tarChunks(files)]))
    const failed = { code: 'internal' as const, happened: 'tar' }
    await runOrThrow('tar', ['-xf', path.join(directory, 'a.tar'), '-C', directory], failed)
    for (const { name, content } of files)
      expect((await readFile(path.join(directory, name))).equals(content), name).toBe(true)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  expect(() => [...tarChunks([{ name: 'x'.repeat(101), content: Buffer.alloc(0), modifiedAt: 0 }])]).toThrow()
})
