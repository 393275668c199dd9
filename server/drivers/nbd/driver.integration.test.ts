import { randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signalProcess } from '#lib/process/daemon.ts'
import { isAlive, processEnv } from '#lib/process/procfs.ts'
import { run } from '#lib/process/run.ts'
import { compareImages, createImage, imageInfo } from '../image/driver.ts'
import { isPortFree } from '../port/driver.ts'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import { freePort } from '../testing/port.ts'
import { type ExportOptions, type ExportProcess, exportPeers, probeExport, startExport, stopExport } from './driver.ts'

let made: TestDirectory
let cleanup: AsyncDisposableStack
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())
beforeEach(() => {
  cleanup = new AsyncDisposableStack()
})
afterEach(() => cleanup.disposeAsync())

let count = 0
async function image(bytes = 1024 * 1024, folder = ''): Promise<string> {
  const directory = path.join(made.path, folder)
  await mkdir(directory, { recursive: true })
  const file = path.join(directory, `disk-${count++}.qcow2`)
  await createImage(file, bytes)
  return file
}

async function options(imagePath: string, more: Partial<ExportOptions> = {}): Promise<ExportOptions> {
  const dir = path.join(made.path, `exports-${count++}`)
  await mkdir(dir)
  const name = `vm-disk-${count}`
  const base = { format: 'qcow2', host: '127.0.0.1', readOnly: false, mark: 'a-mark', deadlineMs: 10_000 } as const
  return { ...base, imagePath, dir, exportName: name, port: await freePort(), ...more }
}

async function start(given: ExportOptions): Promise<ExportProcess> {
  const started = await startExport(given)
  cleanup.defer(async () => {
    await stopExport({ ...given, ...started })
  })
  return started
}

const url = ({ host, port, exportName }: ExportProcess) => `nbd://${host}:${port}/${exportName}`

describe('startExport', () => {
  it('is ready by name and size, carries the mark, and takes what is written', async () => {
    const source = path.join(made.path, 'source.raw')
    await writeFile(source, randomBytes(1_000_001))
    const file = await image(1_000_001)
    const given = await options(file)
    const live = await start(given)
    expect(live).toMatchObject({ sizeBytes: 1_000_448, exportName: given.exportName, port: given.port })
    expect(await processEnv(live.identity.pid, 'SENDENSE_RESOURCE')).toBe('a-mark')
    expect(await probeExport({ ...given, timeoutMs: 5000 })).toMatchObject({ ok: true, sizeBytes: 1_000_448 })

    const copied = await run('qemu-img', ['convert', '-n', '-f', 'raw', '-O', 'raw', source, url(live)])
    expect(copied.ok, copied.stderr).toBe(true)
    const end = await stopExport({ ...given, ...live })
    expect(end).toMatchObject({ exitCode: 0, signal: null, killed: false, wasGone: false })
    expect(await compareImages({ path: source, format: 'raw' }, file)).toMatchObject({ identical: true })
    expect(await isPortFree('127.0.0.1', given.port)).toBe(true)
    expect(await readdir(given.dir)).toEqual([])
    expect(await stopExport({ ...given, ...live })).toMatchObject({ wasGone: true })
  })

  it('serves many clients at once', async () => {
    const live = await start(await options(await image()))
    const clients = await Promise.all(
      Array.from({ length: 12 }, () => run('nbdinfo', ['--size', url(live)], { timeoutMs: 10_000 })),
    )
    expect(clients.map(({ stdout }) => stdout.trim())).toEqual(Array(12).fill('1048576'))
  })

  it('read-only refuses writes', async () => {
    const live = await start(await options(await image(), { readOnly: true }))
    const written = await run('qemu-io', ['-f', 'raw', '-c', 'write 0 512', url(live)])
    expect(`${written.stdout}${written.stderr}`).toMatch(/read.?only|not permitted|denied/i)
    expect(await probeExport({ ...live, timeoutMs: 5000 })).toMatchObject({ ok: true })
  })

  it.each(['a:b,c d', 'json:{}', 'ü 名', '-x %20'])('serves from a directory called %s', async (folder) => {
    const given = await options(await image(1024 * 1024, folder))
    const live = await start(given)
    expect(live.sizeBytes).toBe(1024 * 1024)
    expect(await stopExport({ ...given, ...live })).toMatchObject({ exitCode: 0 })
  })
})

describe('what goes wrong leaves nothing and says what qemu-nbd said', () => {
  const expectFailure = async (given: ExportOptions, words: RegExp) => {
    const error = await startExport(given).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ problem: { code: 'export_failed', happened: expect.stringMatching(words) } })
    expect(await readdir(given.dir)).toEqual([])
    return error
  }

  it('no image', async () => {
    const error = await expectFailure(await options('/nonexistent/disk.qcow2'), /No such file/)
    expect(error).toMatchObject({ problem: { tool: { exitCode: 1 } } })
  })

  it('not a qcow2', async () => {
    const file = path.join(made.path, 'raw')
    await writeFile(file, randomBytes(4096))
    await expectFailure(await options(file), /not in qcow2 format/i)
  })

  it('an image that another qemu-nbd writes', async () => {
    const file = await image()
    await start(await options(file))
    await expectFailure(await options(file), /lock.*another process/)
  })

  it('a port that is taken, also by another export of the same name', async () => {
    const first = await options(await image())
    await start(first)
    const second = await options(await image(), { port: first.port, exportName: first.exportName })
    await expectFailure(second, /in use/)
    expect(await probeExport({ ...first, timeoutMs: 5000 })).toMatchObject({ ok: true })
  })

  it('an abort at any moment', async () => {
    const given = await options(await image())
    for (const ms of [0, 2, 5, 8, 12, 20]) {
      const began = performance.now()
      await expect(startExport({ ...given, signal: AbortSignal.timeout(ms) })).rejects.toThrow()
      expect(performance.now() - began).toBeLessThan(1500)
      expect(await readdir(given.dir)).toEqual([])
      expect(await isPortFree('127.0.0.1', given.port)).toBe(true)
    }
  })
})

describe('stopExport', () => {
  it('kills one that is stopped, and says so', async () => {
    const given = await options(await image())
    const live = await start(given)
    await signalProcess(live.identity, 'SIGSTOP')
    const began = performance.now()
    const end = await stopExport({ ...given, ...live }, { graceMs: 100 })
    expect(performance.now() - began).toBeLessThan(5000)
    expect(end).toMatchObject({ killed: true, signal: 'SIGKILL', exitCode: null })
    expect(await isAlive(live.identity)).toBe(false)
    expect(await isPortFree('127.0.0.1', given.port)).toBe(true)
    expect(await imageInfo(given.imagePath)).toMatchObject({ virtualSizeBytes: 1024 * 1024 })
  })

  it('of an adopted one: the exit status is unknown', async () => {
    const given = await options(await image())
    const { exited: _, ...live } = await start(given)
    expect(await stopExport({ ...given, ...live })).toMatchObject({
      exitCode: null,
      signal: null,
      killed: false,
      wasGone: false,
    })
  })

  it('ends with clients connected', async () => {
    const given = await options(await image())
    const live = await start(given)
    const client = connect({ host: '127.0.0.1', port: given.port })
    cleanup.defer(() => void client.destroy())
    await new Promise((resolve) => client.once('data', resolve))
    expect(await stopExport({ ...given, ...live })).toMatchObject({ killed: false, exitCode: 0 })
  })
})

it('exportPeers names who holds the other end', async () => {
  const given = await options(await image())
  await start(given)
  expect(await exportPeers(given.port)).toEqual([])
  const client = connect({ host: '127.0.0.1', port: given.port })
  cleanup.defer(() => void client.destroy())
  await new Promise((resolve) => client.once('data', resolve))
  const [peer, ...more] = await exportPeers(given.port)
  expect(more).toEqual([])
  expect(peer).toMatchObject({ host: '127.0.0.1', port: client.localPort })
  expect(peer?.owners.map(({ pid }) => pid)).toEqual([process.pid])
})

describe('probeExport answers, and never throws, for', () => {
  it('nobody there', async () => {
    const probe = await probeExport({ host: '127.0.0.1', port: await freePort(), exportName: 'x', timeoutMs: 2000 })
    expect(probe).toMatchObject({ ok: false, sizeBytes: null, detail: expect.stringMatching(/refused/i) })
  })
  it('another name', async () => {
    const live = await start(await options(await image()))
    const probe = await probeExport({ ...live, exportName: 'other', timeoutMs: 2000 })
    expect(probe).toMatchObject({ ok: false, detail: expect.stringContaining('other') })
  })
  it('a server that says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    cleanup.defer(() => void silent.close())
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as { port: number }
    const probe = await probeExport({ host: '127.0.0.1', port, exportName: 'x', timeoutMs: 300 })
    expect(probe).toMatchObject({ ok: false, detail: expect.stringContaining('300 ms') })
  })
})
