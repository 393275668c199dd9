import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { NbdClient, probeNbd } from './client.ts'
import { NbdError } from './error.ts'
import { type Extent, streamExtents } from './extents.ts'
import { greeting } from './testing/answers.ts'
import { nbdkit } from './testing/servers.ts'

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())

let count = 0
const base = () => path.join(made.path, `s${count++}`)
const MiB = 1024 * 1024

async function caught(promise: Promise<unknown>): Promise<NbdError> {
  try {
    await promise
  } catch (error) {
    expect(error).toBeInstanceOf(NbdError)
    return error as NbdError
  }
  throw new Error('it did not fail')
}

describe('reading', () => {
  it('gives the bytes of a file, in requests of any place and length at once', async () => {
    const file = base()
    const bytes = randomBytes(5 * MiB + 333)
    await writeFile(file, bytes)
    await using server = await nbdkit(base(), ['-r', 'file', file])
    await using client = await NbdClient.connect({ address: server.address, exportName: '' })
    expect(client.export).toMatchObject({ sizeBytes: bytes.length, readOnly: true, multiConn: true, structured: true })
    const parts = Array.from({ length: 200 }, () => {
      const from = Math.floor(Math.random() * bytes.length)
      return { from, into: Buffer.alloc(Math.floor(Math.random() * Math.min(bytes.length - from, 300_000))) }
    })
    const whole = Buffer.alloc(bytes.length)
    const reads = [...parts.map(({ from, into }) => client.read(from, into)), client.read(0, whole)]
    expect(client.inFlight).toBeGreaterThan(100)
    await Promise.all(reads)
    for (const { from, into } of parts) expect(into.equals(bytes.subarray(from, from + into.length))).toBe(true)
    expect(whole.equals(bytes)).toBe(true)
    expect(client.inFlight).toBe(0)
    expect(client.receivedBytes).toBeGreaterThan(bytes.length)
    expect(client.queuedBytes).toBe(0)
    expect((await caught(client.read(bytes.length - 1, Buffer.alloc(2)))).errno).toBe('EINVAL')
    expect((await caught(client.write(0, Buffer.alloc(1)))).errno).toBe('EPERM')
  })

  it('rounds out to the blocks of a server that takes whole ones only', async () => {
    const file = base()
    const bytes = randomBytes(100_000)
    await writeFile(file, bytes)
    const policy = ['blocksize-minimum=4096', 'blocksize-maximum=16384', 'blocksize-error-policy=error']
    await using server = await nbdkit(base(), ['-r', '--filter=blocksize-policy', 'file', file, ...policy])
    await using client = await NbdClient.connect({ address: server.address, exportName: '' })
    expect(client.export).toMatchObject({ minBlock: 4096, maxBlock: 16_384 })
    const last = Math.floor(bytes.length / 4096) * 4096
    for (const [from, to] of [
      [0, last],
      [1, 2],
      [4095, 4097],
      [5, 60_001],
      [8192, 40_960],
    ] as const) {
      const into = Buffer.alloc(to - from)
      await client.read(from, into)
      expect(into.equals(bytes.subarray(from, to))).toBe(true)
    }
  })

  it('tells errors of single requests, and goes on', async () => {
    const file = base()
    const bytes = randomBytes(MiB)
    await writeFile(file, bytes)
    const trigger = `${file}.bad`
    const bad = ['error-pread=EIO', 'error-pread-rate=100%', `error-pread-file=${trigger}`]
    await using server = await nbdkit(base(), ['-r', '--filter=error', 'file', file, ...bad])
    await using client = await NbdClient.connect({ address: server.address, exportName: '' })
    await writeFile(trigger, '')
    const error = await caught(client.read(65_536, Buffer.alloc(512)))
    expect({ ...error }).toMatchObject({ kind: 'io', errno: 'EIO', command: 'read', offset: 65_536 })
    await rm(trigger)
    const into = Buffer.alloc(512)
    await client.read(65_536, into)
    expect(into.equals(bytes.subarray(65_536, 66_048))).toBe(true)
  })

  it('reaches a unix socket whose path is longer than the kernel takes', async () => {
    const deep = path.join(made.path, 'd'.repeat(60), 'e'.repeat(60))
    await mkdir(deep, { recursive: true })
    const server = net.createServer((socket) => socket.resume().end('not NBD at all, but it answers'))
    await using handle = await open(deep)
    await new Promise<void>((resolve) => server.listen(`/proc/self/fd/${handle.fd}/s.sock`, resolve))
    const address = { socketPath: path.join(deep, 's.sock') }
    expect(await caught(probeNbd({ address, exportName: '' }))).toMatchObject({ kind: 'protocol' })
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('extents', () => {
  const extents = async (client: NbdClient, from: number, to: number) => {
    const all: Extent[] = []
    for await (const extent of streamExtents(client, { from, to })) all.push(extent)
    return all
  }

  it('are those of the file, clipped and merged', async () => {
    const file = base()
    await using handle = await open(file, 'w')
    await handle.truncate(300 * MiB + 5)
    await handle.write(Buffer.alloc(MiB, 1), 0, MiB, 100 * MiB)
    await handle.write(Buffer.alloc(5, 1), 0, 5, 300 * MiB)
    await using server = await nbdkit(base(), ['-r', 'file', file])
    await using client = await NbdClient.connect({
      address: server.address,
      exportName: '',
      contexts: ['base:allocation'],
    })
    expect(await extents(client, 0, client.export.sizeBytes)).toEqual([
      { offset: 0, length: 100 * MiB, kind: 'zero' },
      { offset: 100 * MiB, length: MiB, kind: 'data' },
      { offset: 101 * MiB, length: 199 * MiB, kind: 'zero' },
      { offset: 300 * MiB, length: 5, kind: 'data' },
    ])
    expect(await extents(client, 100 * MiB + 7, 101 * MiB + 8)).toEqual([
      { offset: 100 * MiB + 7, length: MiB - 7, kind: 'data' },
      { offset: 101 * MiB, length: 8, kind: 'zero' },
    ])
    expect(await client.blockStatus(101 * MiB, 4096)).toEqual(
      new Map([['base:allocation', [{ length: 4096, flags: 3 }]]]),
    )
  })

  it('are all data where nobody can tell', async () => {
    await using server = await nbdkit(base(), ['memory', '1G'])
    await using client = await NbdClient.connect({ address: server.address, exportName: '' })
    expect(await extents(client, 0, 2 ** 30)).toEqual([{ offset: 0, length: 2 ** 30, kind: 'data' }])
    expect((await caught(client.blockStatus(0, 512))).errno).toBe('ENOTSUP')
    const depth = streamExtents(client, { from: 0, to: 512 }, { context: 'qemu:allocation-depth' })
    expect((await caught(depth.next())).kind).toBe('refused')
  })

  it('of a scattered disk come in order and without a gap, over many short answers', async () => {
    // Every second 4 KiB is data, by a script that works them out.
    const script = `
      first=$(( $4 / 4096 )); last=$(( ($4 + $3) / 4096 )); n=$first
      while [ $n -lt $last ] && [ $n -lt $(( first + 2000 )) ]; do
        if [ $(( n % 2 )) = 0 ]; then echo "$(( n * 4096 )) 4096"; else echo "$(( n * 4096 )) 4096 hole,zero"; fi
        n=$(( n + 1 ))
      done`
    const plugin = [
      'get_size=echo 64M',
      'pread=dd if=/dev/zero count=$3 iflag=count_bytes',
      'can_extents=exit 0',
      `extents=${script}`,
    ]
    await using server = await nbdkit(base(), ['-r', 'eval', ...plugin])
    await using client = await NbdClient.connect({
      address: server.address,
      exportName: '',
      contexts: ['base:allocation'],
    })
    let [data, pieces, end] = [0, 0, 0]
    for await (const { offset, length, kind } of streamExtents(client, { from: 0, to: 64 * MiB })) {
      expect(offset).toBe(end)
      end += length
      pieces += 1
      if (kind === 'data') data += length
    }
    expect([data, pieces, end]).toEqual([32 * MiB, 16_384, 64 * MiB])
  })
})

describe('a connection', () => {
  it('ends by disconnect with null, and takes no request any more', async () => {
    await using server = await nbdkit(base(), ['memory', '1M'])
    const client = await NbdClient.connect({ address: server.address, exportName: '' })
    await client.disconnect()
    expect(await client.ended).toBeNull()
    expect((await caught(client.read(0, Buffer.alloc(1)))).kind).toBe('closed')
    await client.disconnect()
  })

  it('that is given up rejects what has no answer', async () => {
    await using server = await nbdkit(base(), ['--filter=delay', 'memory', '1M', 'rdelay=60'])
    const client = await NbdClient.connect({ address: server.address, exportName: '' })
    const read = caught(client.read(0, Buffer.alloc(1)))
    client.destroy('enough')
    expect(await read).toMatchObject({ kind: 'aborted' })
    expect(await client.ended).toMatchObject({ kind: 'aborted' })
    await server.signal('SIGKILL')
  })

  it('whose server is killed rejects what has no answer, and says so', async () => {
    await using server = await nbdkit(base(), ['--filter=delay', 'memory', '1M', 'rdelay=60'])
    const client = await NbdClient.connect({ address: server.address, exportName: '' })
    const reads = [caught(client.read(0, Buffer.alloc(1))), caught(client.read(5, Buffer.alloc(1)))]
    await server.signal('SIGKILL')
    for (const error of await Promise.all(reads)) expect(error.kind).toBe('closed')
    expect(await client.ended).toMatchObject({ kind: 'closed' })
  })

  it('is refused, late or cancelled in words', async () => {
    const nobody = { socketPath: base() }
    expect(await caught(probeNbd({ address: nobody, exportName: '' }))).toMatchObject({
      kind: 'connect',
      errno: 'ENOENT',
    })
    const silent = net.createServer()
    await new Promise<void>((resolve) => silent.listen(nobody.socketPath, resolve))
    expect((await caught(probeNbd({ address: nobody, exportName: '', timeoutMs: 50 }))).kind).toBe('timeout')
    const signal = AbortSignal.abort()
    expect((await caught(probeNbd({ address: nobody, exportName: '', signal }))).kind).toBe('aborted')
    const [open] = await Promise.all([new Promise<number>((resolve) => silent.getConnections((_, n) => resolve(n)))])
    expect(open).toBeLessThanOrEqual(2)
    await new Promise((resolve) => silent.close(resolve))
  })

  it('of a server that leaves in the middle of the options is closed', async () => {
    const address = { socketPath: base() }
    const server = net.createServer((socket) => socket.resume().end(greeting()))
    await new Promise<void>((resolve) => server.listen(address.socketPath, resolve))
    expect((await caught(probeNbd({ address, exportName: '' }))).kind).toBe('closed')
    await new Promise((resolve) => server.close(resolve))
  })

  it('tells an export that is not there', async () => {
    const script = [
      'open=if [ "$3" = here ]; then exit 0; fi; echo ENOENT no such disk >&2; exit 1',
      'get_size=echo 512',
      'pread=exit 1',
    ]
    await using server = await nbdkit(base(), ['-r', 'eval', ...script])
    expect((await probeNbd({ address: server.address, exportName: 'here' })).sizeBytes).toBe(512)
    expect((await caught(probeNbd({ address: server.address, exportName: 'other' }))).kind).toBe('refused')
  })
})

it('writes what a file then holds', async () => {
  const file = base()
  await writeFile(file, Buffer.alloc(40 * MiB, 7))
  await using server = await nbdkit(base(), ['file', file])
  await using client = await NbdClient.connect({ address: server.address, exportName: '' })
  const big = randomBytes(35 * MiB)
  await Promise.all([
    client.write(1, [big.subarray(0, 5), big.subarray(5, 33 * MiB), big.subarray(33 * MiB)]),
    client.writeZeroes(36 * MiB, MiB, { punch: true }),
    client.writeZeroes(39 * MiB + 1, 5),
  ])
  await client.flush()
  const expected = Buffer.alloc(40 * MiB, 7)
  big.copy(expected, 1)
  expected.fill(0, 36 * MiB, 37 * MiB).fill(0, 39 * MiB + 1, 39 * MiB + 6)
  expect((await readFile(file)).equals(expected)).toBe(true)
})
