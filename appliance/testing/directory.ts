import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { defaultHome } from '#server/env.ts'

/** A directory of one test, gone when disposed. */
export async function testDirectory(prefix: string): Promise<{ path: string } & AsyncDisposable> {
  const home = defaultHome('sendense-test')
  await mkdir(home, { recursive: true, mode: 0o755 })
  const directory = await mkdtemp(path.join(home, `${prefix}-`))
  // sshd runs as another user when the test runs as root.
  await chmod(directory, 0o755)
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

/** What is written where in a raw disk; the rest are holes. */
export interface Content {
  kind: 'random' | 'zero'
  offset: number
  length: number
}

/** Makes a raw disk file: random bytes, allocated zeros, holes. */
export async function makeDisk(file: string, sizeBytes: number, content: readonly Content[]): Promise<string> {
  await using handle = await open(file, 'w')
  await handle.truncate(sizeBytes)
  for (const { kind, offset, length } of content)
    await handle.write(kind === 'random' ? randomBytes(length) : Buffer.alloc(length), 0, length, offset)
  await handle.sync()
  return file
}
