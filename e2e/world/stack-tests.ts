import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { makeRawDisk, type RawRange } from '#scripts/demo-vm/raw-disk.ts'
import { testDirectory } from './files.ts'
import { copying } from './proof.ts'
import { type SlowSource, serveSlowly } from './slow-source.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'

/** A disk of a test: for a machine's `disks`, and to compare its image with. */
export interface TestDisk {
  key: number
  path: string
  sizeBytes: number
}

/** What every test of a file works with. Its parts are there from `beforeAll` on. */
export interface StackTests {
  readonly stack: Stack
  /** Disposed after the last test, before the stack is. */
  use<T extends AsyncDisposable>(owned: T): T
  /** For disks, and for the sockets of slow sources. */
  readonly directory: string
  /** Makes a raw disk. Default: key 2000; the content is its name's and key's. */
  disk(name: string, disk: { key?: number; sizeBytes: number; extents: RawRange[] }): Promise<TestDisk>
  /** A backup in the middle of its copy, from a source that gives the disk at a few MiB a second. */
  slowBackup(name: string, disk: TestDisk, rate?: string): Promise<SlowBackup>
}

/** Disposing it ends the source. */
export interface SlowBackup extends AsyncDisposable {
  jobId: string
  vmId: string
  slow: SlowSource
}

/** One stack and one directory for all tests of the file that calls it; after each of them, jobs have left nothing. */
export function sharedStack(options: StackOptions = {}): StackTests {
  const made = new AsyncDisposableStack()
  let parts: { stack: Stack; directory: string } | undefined
  const get = () => {
    if (!parts) throw new Error('the stack is there from beforeAll on')
    return parts
  }
  beforeAll(async () => {
    const directory = made.use(await testDirectory('disks')).path
    parts = { directory, stack: made.use(await startStack(options)) }
  })
  afterEach(async () => {
    expect(await get().stack.leaks()).toEqual([])
  })
  afterAll(() => made.disposeAsync())

  return {
    get stack() {
      return get().stack
    },
    get directory() {
      return get().directory
    },
    use: (owned) => made.use(owned),
    async disk(name, { key = 2000, sizeBytes, extents }) {
      const seed = `${name}-${key}`
      return { key, ...(await makeRawDisk(path.join(get().directory, `${seed}.raw`), { sizeBytes, extents, seed })) }
    },
    async slowBackup(name, disk, rate = '20M') {
      const { stack, directory } = get()
      await using begun = new AsyncDisposableStack()
      const slow = begun.use(await serveSlowly(disk.path, directory, rate))
      const vm = await stack.addVm({ name, disks: [{ key: disk.key, url: slow.url }] })
      const { id } = await stack.backUp(vm.id)
      await copying(stack, id)
      const ending = begun.move()
      return { jobId: id, vmId: vm.id, slow, [Symbol.asyncDispose]: () => ending.disposeAsync() }
    },
  }
}
