import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { defaultHome } from '#server/env.ts'

export interface TestDirectory extends AsyncDisposable {
  path: string
}

/** A directory of its own, gone after the test. Not under /tmp: sshd trusts no file below a directory all may write. */
export async function testDirectory(suffix = ''): Promise<TestDirectory> {
  const directory = path.join(defaultHome('sendense-test'), `driver-${randomUUID()}${suffix}`)
  await mkdir(directory, { recursive: true, mode: 0o711 })
  await chmod(directory, 0o711)
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}
