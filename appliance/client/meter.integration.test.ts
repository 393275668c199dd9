import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveSlowly } from '#e2e/world/slow-source.ts'
import { run } from '#lib/process/run.ts'
import { serveDisk } from '../nbdkit/serve.ts'
import { type Content, makeDisk, testDirectory } from '../testing/directory.ts'
import { startExport } from '../testing/hub.ts'
import { HostTraffic } from './host-traffic.ts'
import { DiskMeter } from './meter.ts'
import { SourceSockets } from './source-sockets.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SIZE = 8 * MIB
let made: Awaited<ReturnType<typeof testDirectory>>
let raw: string
beforeAll(async () => {
  made = await testDirectory('meter')
  raw = await makeDisk(path.join(made.path, 'raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
})
afterAll(() => made[Symbol.asyncDispose]())

/** What the meter said while a disk behind an NBD address was read to its end. */
async function readings(
  name: string,
  url: string,
  meter: DiskMeter,
  requestBytes: number,
  target: readonly string[] = ['null:'],
): Promise<(number | null)[]> {
  const access = { plugin: 'nbd', url } as const
  await using served = await serveDisk({ access, name, cwd: made.path, mark: 'test', what: 'disk 1' })
  await using traffic = new HostTraffic(path.join(made.path, 'sockets'))
  meter.watchSockets(new SourceSockets(served.pid))
  const told: (number | null)[] = []
  let over = false
  const args = [`--request-size=${requestBytes}`, '--connections=2', '--', served.url, ...target]
  const copy = run('nbdcopy', args, { cwd: made.path })
  const ended = copy.then(() => {
    over = true
  })
  while (!over) {
    const hosts = meter.sourceHosts
    const seen = await Promise.all(hosts.map(async (host) => [host, await traffic.fresh(host)] as const))
    meter.sampleTaken(new Map(seen))
    told.push(meter.reading(performance.now()).readBytes)
    // Nothing is awaited without hosts: the end of the copy is let in.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await ended
  expect((await copy).exitCode).toBe(0)
  return told
}

const numbers = (told: readonly (number | null)[]) => told.filter((bytes) => bytes !== null)

describe('a source behind an NBD address', () => {
  test('is measured by the TCP sockets of its nbdkit', async () => {
    await using source = await serveSlowly(raw, made.path, '64M', [], 'tcp')
    const meter = new DiskMeter(SIZE, SIZE)
    const known = numbers(await readings('tcp', source.url, meter, 256 * KIB))
    expect(known).toEqual(known.toSorted((a, b) => a - b))
    expect(known.filter((bytes) => bytes > 0 && bytes < SIZE).length).toBeGreaterThan(3)
    // The last look comes a little before the last byte.
    expect(known.at(-1)).toBeGreaterThan(SIZE / 2)
    expect(known.at(-1)).toBeLessThan(SIZE)
    meter.sampleEnd()
    expect(meter.reading(performance.now()).readBytes).toBe(SIZE)
  })

  test('cannot be measured behind a unix socket, whose bytes nobody counts', async () => {
    await using source = await serveSlowly(raw, made.path, '64M')
    const told = await readings('unix', source.url, new DiskMeter(SIZE, SIZE), 256 * KIB)
    expect(told.length).toBeGreaterThan(3)
    expect(new Set(told)).toEqual(new Set([null]))
  })

  test('is measured by its data when the server only names the holes of a request (qemu-nbd)', async () => {
    const size = 256 * MIB
    const content = Array.from({ length: size / (256 * KIB) }, (_, index): Content => {
      return { kind: 'random', offset: index * 256 * KIB, length: 64 * KIB }
    })
    const scattered = await makeDisk(path.join(made.path, 'scattered'), size, content)
    await using source = await startExport(made.path, 'scattered-source', size)
    const url = `nbd://127.0.0.1:${source.port}/scattered-source`
    const filled = ['--destination-is-zero', `--request-size=${64 * KIB}`, scattered, url]
    expect((await run('nbdcopy', filled)).exitCode).toBe(0)
    const data = size / 4
    // Slow enough that there are looks at all of it, however busy the machine is.
    const slow = ['[', 'nbdkit', '--exit-with-parent', '--filter=rate', 'null', `size=${size}`, 'rate=512M', ']']
    const known = numbers(await readings('scattered', url, new DiskMeter(data, size), MIB, slow))
    expect(known.at(-1)).toBeGreaterThan(data / 2)
    expect(known.at(-1)).toBeLessThan(data)
  })
})
