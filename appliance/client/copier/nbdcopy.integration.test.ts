import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { waitFor } from '#lib/async/wait.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { run } from '#lib/process/run.ts'
import { exists } from '../../files.ts'
import { formatExtentList } from '../../nbdkit/extents.ts'
import { serveDisk } from '../../nbdkit/serve.ts'
import { makeDisk, testDirectory } from '../../testing/directory.ts'
import { startExport } from '../../testing/hub.ts'
import { copyProblem } from '../problems.ts'
import { Nbdcopy } from './nbdcopy.ts'
import { CLUSTER_BYTES } from './nbdcopy-args.ts'

const KIB = 1024
const SIZE = 4096 * KIB + 512
let directory: Awaited<ReturnType<typeof testDirectory>>
beforeAll(async () => {
  directory = await testDirectory('copier')
})
afterAll(() => directory[Symbol.asyncDispose]())

async function copy(raw: string, targetUrl: string, extents: Extent[] | null) {
  const cwd = directory.path
  const extentList = extents === null ? undefined : path.join(cwd, 'extents.list')
  if (extentList && extents) await writeFile(extentList, formatExtentList(extents))
  await using served = await serveDisk({
    access: { plugin: 'file', path: raw, identity: null },
    name: 'copy',
    cwd,
    mark: 'test',
    what: 'disk 1',
    ...(extentList === undefined ? {} : { extentList }),
  })
  const told: string[] = []
  const result = await new Nbdcopy().copy({
    sourceUrl: served.url,
    targetUrl,
    sizeBytes: SIZE,
    requestBytes: 262_144,
    extents,
    targetIsZero: extents === null,
    cwd,
    mark: 'test',
    signal: AbortSignal.timeout(30_000),
    onProgress: (fraction) => told.push(`${fraction}`),
    onFlushing: () => told.push('flushing'),
  })
  return { ...result, told }
}

/** The image read as raw bytes over its export is what the raw file holds. */
async function sameBytes(raw: string, url: string): Promise<boolean> {
  return (await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', raw, url])).exitCode === 0
}

describe('nbdcopy', () => {
  test('tells the flush after the last write', async () => {
    const raw = await makeDisk(path.join(directory.path, 'a.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
    await using target = await startExport(directory.path, 'a-disk-1', SIZE)
    const url = `nbd://127.0.0.1:${target.port}/a-disk-1`
    const result = await copy(raw, url, null)
    expect(result.ok).toBe(true)
    expect(result.told.slice(-2)).toEqual(['1', 'flushing'])
    expect(await sameBytes(raw, url)).toBe(true)
  })

  test('listed extents over older content: listed zeros are written, what is not listed stays', async () => {
    const older = await makeDisk(path.join(directory.path, 'old.raw'), SIZE, [
      { kind: 'random', offset: 0, length: SIZE },
    ])
    await using target = await startExport(directory.path, 'b-disk-1', SIZE)
    const url = `nbd://127.0.0.1:${target.port}/b-disk-1`
    expect((await copy(older, url, null)).ok).toBe(true)

    // The newer disk differs in listed places only: new bytes, bytes that became zero, and a hole.
    const newer = path.join(directory.path, 'new.raw')
    expect((await run('cp', ['--sparse=never', older, newer])).ok).toBe(true)
    const changes: Extent[] = [
      [64 * KIB, 64 * KIB],
      [512 * KIB, 192 * KIB],
      [2048 * KIB, 128 * KIB],
      [SIZE - 512, 512],
    ]
    const dd = (source: string, kib: number, count: number) =>
      run('dd', [
        `if=${source}`,
        `of=${newer}`,
        'bs=1K',
        `seek=${kib}`,
        `count=${count}`,
        'conv=notrunc',
        'status=none',
      ])
    await dd('/dev/urandom', 64, 64)
    await dd('/dev/zero', 512, 192)
    expect((await run('fallocate', ['-p', '-o', String(2048 * KIB), '-l', String(128 * KIB), newer])).ok).toBe(true)
    expect(await sameBytes(newer, url)).toBe(false)
    expect((await copy(newer, url, changes)).ok).toBe(true)
    expect(await sameBytes(newer, url)).toBe(true)
  })

  test('writes whole clusters only, whatever the extents: a block that a target holds is held whole', async () => {
    const scattered = Array.from({ length: 40 }, (_, index) => ({
      kind: index % 3 === 2 ? ('zero' as const) : ('random' as const),
      offset: index * 100 * KIB + (index % 7) * 4 * KIB + 300,
      length: 3000 + (index % 5) * 11 * KIB,
    }))
    const raw = await makeDisk(path.join(directory.path, 'd.raw'), SIZE, scattered)
    const socket = path.join(directory.path, 'log.sock')
    const log = `${socket}.writes`
    const args = ['-f', '-U', socket, '-P', `${socket}.pid`, '--filter=log', 'memory', String(SIZE), `logfile=${log}`]
    const daemon = await startDaemon('nbdkit', args, { logFile: `${socket}.log`, mark: 'test' })
    try {
      expect(await waitFor(() => exists(`${socket}.pid`), { deadlineMs: 5000 })).toBe(true)
      expect((await copy(raw, `nbd+unix:///?socket=${socket}`, null)).ok).toBe(true)
    } finally {
      await stopProcess(daemon, 1000)
    }
    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => /\b(Write|Zero)\b.*offset=/.test(line))
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      const [from = -1, count = -1] = [/offset=(0x[0-9a-f]+)/, /count=(0x[0-9a-f]+)/].map((part) =>
        Number(part.exec(line)?.[1]),
      )
      expect(from % CLUSTER_BYTES, line).toBe(0)
      expect((from + count) % CLUSTER_BYTES === 0 || from + count === SIZE, line).toBe(true)
    }
  })

  test('a full disk at the hub is called that', async () => {
    const raw = await makeDisk(path.join(directory.path, 'c.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
    const socket = path.join(directory.path, 'full.sock')
    const args = ['-f', '-U', socket, '-P', `${socket}.pid`, '--filter=error', 'memory', String(SIZE)]
    const daemon = await startDaemon('nbdkit', [...args, 'error-pwrite=ENOSPC', 'error-pwrite-rate=100%'], {
      logFile: `${socket}.log`,
      mark: 'test',
    })
    try {
      expect(await waitFor(() => exists(`${socket}.pid`), { deadlineMs: 5000 })).toBe(true)
      const result = await copy(raw, `nbd+unix:///?socket=${socket}`, null)
      expect(result.ok).toBe(false)
      expect(copyProblem(1, result.tool, null).code).toBe('repository_full')
    } finally {
      await stopProcess(daemon, 1000)
    }
  })
})
