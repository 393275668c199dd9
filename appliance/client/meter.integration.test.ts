import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveSlowly } from '#e2e/world/slow-source.ts'
import { run } from '#lib/process/run.ts'
import { serveDisk } from '../nbdkit/serve.ts'
import { makeDisk, testDirectory } from '../testing/directory.ts'
import { HostTraffic } from './host-traffic.ts'
import { DiskMeter } from './meter.ts'

const SIZE = 8 * 1024 * 1024
let made: Awaited<ReturnType<typeof testDirectory>>
let raw: string
beforeAll(async () => {
  made = await testDirectory('meter')
  raw = await makeDisk(path.join(made.path, 'raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
})
afterAll(() => made[Symbol.asyncDispose]())

/** What the meter said while a disk behind an NBD address was read to its end. */
async function readings(by: 'unix' | 'tcp'): Promise<(number | null)[]> {
  const directory = made.path
  await using source = await serveSlowly(raw, directory, '64M', [], by)
  const access = { plugin: 'nbd', url: source.url } as const
  await using served = await serveDisk({ access, name: by, cwd: directory, mark: 'test', what: 'disk 1' })
  await using traffic = new HostTraffic(path.join(directory, 'sockets'))
  const meter = new DiskMeter(SIZE, SIZE)
  meter.watchSockets(served.pid)
  const told: (number | null)[] = []
  let over = false
  const copy = run('nbdcopy', ['--request-size=262144', '--connections=2', served.url, 'null:'], { cwd: directory })
  const ended = copy.then(() => {
    over = true
  })
  while (!over) {
    const sockets = await traffic.fresh()
    if (sockets === null) throw new Error('ss says nothing')
    meter.sampleTaken(sockets.taken)
    told.push(meter.reading(performance.now()).readBytes)
  }
  await ended
  expect((await copy).exitCode).toBe(0)
  return told
}

describe('a source behind an NBD address', () => {
  test('is measured by the TCP sockets of its nbdkit', async () => {
    const known = (await readings('tcp')).filter((bytes) => bytes !== null)
    expect(known).toEqual(known.toSorted((a, b) => a - b))
    expect(known.filter((bytes) => bytes > 0 && bytes < SIZE).length).toBeGreaterThan(3)
    // The last look comes a little before the last byte.
    expect(known.at(-1)).toBeGreaterThan(SIZE / 2)
    expect(known.at(-1)).toBeLessThanOrEqual(SIZE)
  })

  test('cannot be measured behind a unix socket, whose bytes nobody counts', async () => {
    const told = await readings('unix')
    expect(told.length).toBeGreaterThan(3)
    expect(new Set(told)).toEqual(new Set([null]))
  })
})
