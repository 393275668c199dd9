import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { nbdkit, qemuNbd, type Server, tool } from '#lib/nbd/testing/servers.ts'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { freePort } from '#server/drivers/testing/port.ts'
import { copyBetween, nothingTold, openSourceOf, type Told } from '../testing/copying.ts'
import { anyDisk, type DiskContent, fileDigests, writeDisk } from '../testing/disks.ts'
import { CopyError } from './error.ts'
import { ZERO_LEAF } from './leaf.ts'
import { rereadDisk } from './reread-disk.ts'

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())

const MiB = 1024 * 1024
const LEAF = 65_536
const ZERO = ZERO_LEAF.toString('hex')
const sockets = () => process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|PipeWrap)$/.test(name)).length

/** A place of its own with a source and an empty image. */
async function world(content: readonly DiskContent[], ...filters: string[]) {
  const stack = new AsyncDisposableStack()
  const root = await mkdtemp(path.join(made.path, 'w-'))
  stack.defer(() => rm(root, { recursive: true, force: true }))
  const at = (name: string) => path.join(root, name)
  const raw = at('disk.raw')
  const image = at('disk.qcow2')
  const sizeBytes = await writeDisk(raw, content)
  await tool('qemu-img', 'create', '-q', '-f', 'qcow2', image, String(sizeBytes))
  const source = stack.use(
    await nbdkit(at('s'), [
      '-r',
      ...filters.filter((word) => word.startsWith('--')),
      'file',
      raw,
      ...filters.filter((word) => !word.startsWith('--')),
    ]),
  )
  const serveImage = async (n = 1): Promise<Server> =>
    stack.use(
      await qemuNbd(at(`t${n}`), ['-f', 'qcow2', '--discard=unmap', '--detect-zeroes=unmap', image], await freePort()),
    )
  return { at, raw, image, sizeBytes, source, serveImage, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Every digest is the file's, and every leaf without one is zero. */
async function expectDigests(raw: string, digests: ReadonlyMap<number, string>): Promise<void> {
  const oracle = await fileDigests(raw)
  for (const [leaf, digest] of digests) expect([leaf, digest]).toEqual([leaf, oracle[leaf] ?? ZERO])
  oracle.forEach((digest, leaf) => {
    if (digest !== null) expect([leaf, digests.has(leaf)]).toEqual([leaf, true])
  })
  expect(Math.max(-1, ...digests.keys())).toBeLessThan(oracle.length)
}

const identical = (raw: string, image: string) => tool('qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', raw, image)

async function failure(promise: Promise<unknown>): Promise<CopyError> {
  try {
    await promise
  } catch (error) {
    expect(error).toBeInstanceOf(CopyError)
    return error as CopyError
  }
  throw new Error('it did not fail')
}

describe('a copy', () => {
  it('of any disk is identical, and its digests are those of the file', async () => {
    const tuning = fc.record({
      requestBytes: fc.constantFrom(LEAF, 3 * LEAF, 256 * 1024, MiB),
      bufferBytes: fc.constantFrom(4 * LEAF, 4 * MiB),
      sourceConnections: fc.integer({ min: 1, max: 3 }),
      targetConnections: fc.integer({ min: 1, max: 3 }),
      flushEveryBytes: fc.constantFrom(200_000, 2 ** 32),
    })
    const before = sockets()
    await fc.assert(
      fc.asyncProperty(anyDisk, tuning, async (content, options) => {
        await using it = await world(content)
        const target = await it.serveImage()
        const { sizeBytes } = it
        const told = await copyBetween({ source: it.source, target, sizeBytes, options })
        await target[Symbol.asyncDispose]()
        await identical(it.raw, it.image)
        await expectDigests(it.raw, told.digests)
        expect(told.flushed).toEqual(told.digests)
        const { readBytes, zeroBytes, writtenBytes, zeroWrittenBytes, holeBytes, waitingBytes } = told.progress
        expect(readBytes + holeBytes).toBe(sizeBytes)
        expect([writtenBytes, zeroWrittenBytes, waitingBytes]).toEqual([readBytes - zeroBytes, zeroBytes, 0])
      }),
      { numRuns: 15 },
    )
    expect(await waitFor(() => sockets() <= before, { deadlineMs: 2000 })).toBe(true)
  })

  it('cut at any moment goes on from what was flushed, and is identical', async () => {
    let cuts = 0
    let partly = 0
    const cut = fc.record({
      who: fc.constantFrom('source', 'target'),
      afterLeaves: fc.integer({ min: 1, max: 25 }),
      flushEveryBytes: fc.constantFrom(100_000, 700_000),
    })
    await fc.assert(
      fc.asyncProperty(anyDisk, cut, async (content, { who, afterLeaves, flushEveryBytes }) => {
        await using it = await world([...content, { kind: 'random', length: 2 * MiB }])
        const { sizeBytes } = it
        let target = await it.serveImage()
        let source = it.source
        const told = nothingTold()
        let left = afterLeaves
        const limiter = {
          take: async (bytes: number) => {
            left -= bytes / LEAF
            const seen = told.flushes
            // Flushes get a chance to end before the cut.
            await waitFor(() => told.flushes > seen, { deadlineMs: 30, everyMs: 1 })
            if (left <= 0) void (who === 'source' ? source : target).signal('SIGKILL')
          },
        }
        const first = copyBetween({
          source,
          target,
          sizeBytes,
          told,
          options: { flushEveryBytes, limiter, requestBytes: LEAF, bufferBytes: 6 * LEAF },
        })
        const cutOff = await first.then(
          () => null,
          (error) => error,
        )
        if (cutOff) cuts += 1
        if (cutOff) expect(cutOff).toMatchObject({ name: 'CopyError', side: who })
        await target[Symbol.asyncDispose]()
        await source[Symbol.asyncDispose]()
        target = await it.serveImage(2)
        source = await nbdkit(it.at('again'), ['-r', 'file', it.raw])
        const stored = told.flushed
        if (cutOff && stored.size > 0) partly += 1
        let second: Told
        try {
          second = await copyBetween({ source, target, sizeBytes, options: { isStored: (leaf) => stored.has(leaf) } })
        } finally {
          await source[Symbol.asyncDispose]()
          await target[Symbol.asyncDispose]()
        }
        await identical(it.raw, it.image)
        expect([...second.digests.keys()].filter((leaf) => stored.has(leaf))).toEqual([])
        await expectDigests(it.raw, new Map([...stored, ...second.digests]))
      }),
      { numRuns: 12 },
    )
    // Most are cut, and some of these when a part was stored.
    expect([cuts > 3, partly > 1]).toEqual([true, true])
  })

  it('sends zeros that are allocated as requests, joined, and holes not at all', async () => {
    await using it = await world([
      { kind: 'zero', length: 40 * MiB },
      { kind: 'hole', length: 40 * MiB },
      { kind: 'random', length: LEAF },
      { kind: 'zero', length: LEAF + 5 },
    ])
    const log = it.at('log')
    await using target = await nbdkit(it.at('m'), ['--filter=log', 'memory', '100M', `logfile=${log}`])
    const told = await copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes })
    expect(told.progress).toMatchObject({
      holeBytes: 40 * MiB,
      writtenBytes: LEAF,
      zeroWrittenBytes: 40 * MiB + LEAF + 5,
    })
    const lines = (await readFile(log, 'utf8')).split('\n')
    const requests = (name: string) =>
      lines
        .filter((line) => line.includes(` ${name} id=`))
        .map((line) => /offset=(\S+) count=(\S+)/.exec(line)?.slice(1).map(Number))
    expect(requests('Write')).toEqual([[80 * MiB, LEAF]])
    const zeros = requests('Zero').map((words) => words as [number, number])
    expect(zeros.length).toBeLessThan(6)
    expect(zeros.reduce((sum, [, length]) => sum + length, 0)).toBe(40 * MiB + LEAF + 5)
    expect(requests('Flush').length).toBeGreaterThan(0)
  })

  it('works with whole blocks, one connection and no WRITE_ZEROES where a target has no more', async () => {
    await using it = await world([
      { kind: 'random', length: 300_001 },
      { kind: 'zero', length: 3 * LEAF },
      { kind: 'random', length: 777 },
    ])
    const file = it.at('target')
    await writeFile(file, Buffer.alloc(it.sizeBytes + 8192, 0))
    const policy = [
      'blocksize-minimum=4096',
      'blocksize-preferred=4096',
      'blocksize-maximum=65536',
      'blocksize-error-policy=error',
    ]
    const filters = ['--filter=blocksize-policy', '--filter=nozero', '--filter=multi-conn', '--filter=truncate']
    await using target = await nbdkit(it.at('b'), [
      ...filters,
      'file',
      file,
      ...policy,
      'multi-conn-mode=disable',
      'round-up=4096',
    ])
    await copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes })
    const [expected, got] = [await readFile(it.raw), await readFile(file)]
    expect(got.subarray(0, expected.length).equals(expected)).toBe(true)
    expect(got.subarray(expected.length).every((byte) => byte === 0)).toBe(true)
  })
})

describe('a copy that cannot be', () => {
  const data: DiskContent[] = [{ kind: 'random', length: 8 * MiB }]

  it('names a source that answers with an error', async () => {
    await using it = await world(data, '--filter=error', 'error-pread=EIO', 'error-pread-rate=100%')
    const error = await failure(
      copyBetween({ source: it.source, target: await it.serveImage(), sizeBytes: it.sizeBytes }),
    )
    expect({ ...error }).toMatchObject({ side: 'source', kind: 'io', errno: 'EIO', command: 'read' })
  })

  it('names a source whose extents cannot be had', async () => {
    await using it = await world(data, '--filter=error', 'error-extents=EIO', 'error-extents-rate=100%')
    const error = await failure(
      copyBetween({ source: it.source, target: await it.serveImage(), sizeBytes: it.sizeBytes }),
    )
    expect({ ...error }).toMatchObject({ side: 'source', kind: 'io', errno: 'EIO', command: 'block status' })
  })

  it.each(['pwrite', 'zero'])('names a target that is full at %s', async (call) => {
    await using it = await world([...data, { kind: 'zero', length: MiB }])
    const fault = [`error-${call}=ENOSPC`, `error-${call}-rate=100%`]
    await using target = await nbdkit(it.at('full'), ['--filter=error', 'memory', '16M', ...fault])
    const error = await failure(copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes }))
    expect({ ...error }).toMatchObject({ side: 'target', kind: 'io', errno: 'ENOSPC' })
  })

  it('is not complete when the last FLUSH failed', async () => {
    await using it = await world(data)
    const calls = ['get_size=echo 8M', 'pread=exit 1', 'pwrite=cat >/dev/null', 'flush=echo ENOSPC full >&2; exit 1']
    await using target = await nbdkit(it.at('full'), ['eval', ...calls, 'can_write=exit 0', 'can_flush=exit 0'])
    const told = nothingTold()
    const error = await failure(copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes, told }))
    expect({ ...error }).toMatchObject({ side: 'target', kind: 'io', errno: 'ENOSPC', command: 'flush' })
    expect([told.digests.size, told.flushes]).toEqual([128, 0])
  })

  it('refuses sizes that do not fit, and a target that cannot keep what it takes', async () => {
    await using it = await world(data)
    const { source, sizeBytes } = it
    const target = await it.serveImage()
    const tooLarge = await failure(copyBetween({ source, target, sizeBytes: sizeBytes - 4096 }))
    expect(tooLarge).toMatchObject({ side: 'source', kind: 'refused' })
    expect(await failure(copyBetween({ source, target, sizeBytes: sizeBytes + 1 }))).toMatchObject({ kind: 'refused' })
    await using small = await nbdkit(it.at('small'), ['memory', '7M'])
    expect(await failure(copyBetween({ source, target: small, sizeBytes }))).toMatchObject({
      side: 'target',
      errno: 'ENOSPC',
    })
    await using readOnly = await nbdkit(it.at('ro'), ['-r', 'memory', '8M'])
    expect(await failure(copyBetween({ source, target: readOnly, sizeBytes }))).toMatchObject({
      side: 'target',
      errno: 'EPERM',
    })
  })

  it('names a source that lies about its size', async () => {
    await using it = await world(data)
    const script = [
      'get_size=echo 8M',
      `pread=dd if=${it.raw} skip=$4 count=$3 iflag=count_bytes,skip_bytes`,
      'can_extents=exit 0',
      'extents=echo 4G 1M',
    ]
    await using lying = await nbdkit(it.at('lying'), ['-r', 'eval', ...script])
    const error = await failure(copyBetween({ source: lying, target: await it.serveImage(), sizeBytes: it.sizeBytes }))
    expect(error).toMatchObject({ side: 'source' })
  })

  it.each(['source', 'target'] as const)('ends within 100 ms by its signal while its %s hangs', async (side) => {
    await using it = await world(data, '--filter=delay', 'rdelay=50ms')
    const target = await it.serveImage()
    const before = sockets()
    const cancel = new AbortController()
    const told = nothingTold()
    const copy = copyBetween({
      source: it.source,
      target,
      sizeBytes: it.sizeBytes,
      told,
      options: { signal: cancel.signal, bufferBytes: MiB },
    })
    copy.catch(() => {})
    await waitFor(() => told.progress.writtenBytes > 0, { deadlineMs: 10_000, everyMs: 1 })
    await (side === 'source' ? it.source : target).signal('SIGSTOP')
    const at = performance.now()
    cancel.abort(new Error('enough'))
    await expect(copy).rejects.toThrow('enough')
    expect(performance.now() - at).toBeLessThan(100)
    expect(await waitFor(() => sockets() <= before, { deadlineMs: 2000 })).toBe(true)
  })

  it('passes on what a callback throws', async () => {
    await using it = await world(data)
    const target = await it.serveImage()
    const onFlushed = () => Promise.reject(new Error('the hub is away'))
    await expect(
      copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes, options: { onFlushed } }),
    ).rejects.toThrow('the hub is away')
    const isStored = () => {
      throw new Error('no map')
    }
    await expect(
      copyBetween({ source: it.source, target, sizeBytes: it.sizeBytes, options: { isStored } }),
    ).rejects.toThrow('no map')
  })
})

describe('reading again', () => {
  it('finds exactly the leaves that changed, of data, zeros and holes', async () => {
    const leafOf = fc.nat(63)
    await fc.assert(
      fc.asyncProperty(anyDisk, fc.uniqueArray(leafOf, { maxLength: 4 }), async (content, drawn) => {
        await using it = await world(content)
        const told = await copyBetween({ source: it.source, target: await it.serveImage(), sizeBytes: it.sizeBytes })
        const bytes = await readFile(it.raw)
        const changed = drawn.filter((leaf) => leaf * LEAF < bytes.length).sort((a, b) => a - b)
        for (const leaf of changed) {
          const at = Math.min(leaf * LEAF + 4000, bytes.length - 1)
          bytes[at] = (bytes[at] as number) ^ 1
        }
        await it.source[Symbol.asyncDispose]()
        await writeFile(it.raw, bytes)
        await using again = await nbdkit(it.at('again'), ['-r', 'file', it.raw])
        const result = await rereadDisk({
          openSource: openSourceOf(again),
          connections: 2,
          sizeBytes: it.sizeBytes,
          expected: (leaf) => {
            const digest = told.digests.get(leaf)
            return digest ? Buffer.from(digest, 'hex') : null
          },
          limiter: { take: () => null },
          progress: told.progress,
          signal: new AbortController().signal,
        })
        expect(result).toMatchObject({
          differing: changed.length,
          firstOffset: changed.length ? (changed[0] as number) * LEAF : null,
          lastOffset: changed.length ? (changed.at(-1) as number) * LEAF : null,
        })
        expect(result.leaves).toBeGreaterThanOrEqual(told.digests.size)
      }),
      { numRuns: 10 },
    )
  })

  it('ends by its signal, and tells a source that is gone', async () => {
    await using it = await world([{ kind: 'random', length: 4 * MiB }], '--filter=delay', 'rdelay=60')
    const before = sockets()
    const cancel = new AbortController()
    const options = {
      openSource: openSourceOf(it.source),
      connections: 1,
      sizeBytes: it.sizeBytes,
      expected: () => null,
      limiter: { take: () => null },
      progress: nothingTold().progress,
    }
    const reading = rereadDisk({ ...options, signal: cancel.signal })
    reading.catch(() => {})
    setTimeout(() => cancel.abort(new Error('enough')), 50)
    await expect(reading).rejects.toThrow('enough')
    const gone = rereadDisk({ ...options, signal: new AbortController().signal })
    gone.catch(() => {})
    await waitFor(() => sockets() > before, { deadlineMs: 5000 })
    await it.source.signal('SIGKILL')
    expect(await failure(gone)).toMatchObject({ side: 'source', kind: 'closed' })
    expect(await waitFor(() => sockets() <= before, { deadlineMs: 2000 })).toBe(true)
  })
})
