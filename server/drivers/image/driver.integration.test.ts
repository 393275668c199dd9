import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import {
  allocatedBytes,
  checkImage,
  compareImages,
  createImage,
  imageInfo,
  mapImage,
  virtualSizeFor,
} from './driver.ts'

const KIB = 1024
let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)

async function qemuIo(image: string, ...commands: string[]) {
  const result = await run('qemu-io', ['-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), image])
  expect(result.ok, result.stderr).toBe(true)
}

describe('createImage', () => {
  it.each([0, 512, 64 * KIB + 512, 1_000_001, 102 * 2 ** 30])('%i bytes: the next whole sector', async (size) => {
    const image = at(`size-${size}.qcow2`)
    expect(await createImage(image, size)).toEqual({ virtualSizeBytes: virtualSizeFor(size) })
    const info = await imageInfo(image)
    expect(info).toMatchObject({ format: 'qcow2', virtualSizeBytes: virtualSizeFor(size), clusterBytes: 65536 })
    expect(await allocatedBytes(image)).toBeLessThan(1024 * KIB)
  })

  it('never overwrites', async () => {
    const image = at('kept')
    await writeFile(image, 'precious')
    await expect(createImage(image, 512)).rejects.toMatchObject({ problem: { code: 'conflict' } })
    expect(await readFile(image, 'utf8')).toBe('precious')
  })

  it('says what qemu-img said', async () => {
    const missing = createImage(at('no/such/directory/x.qcow2'), 512)
    await expect(missing).rejects.toMatchObject({
      problem: { code: 'repository_missing', happened: expect.stringContaining('No such file') },
    })
  })

  it('stops when asked', async () => {
    await expect(createImage(at('x.qcow2'), 512, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/)
  })

  it.each(['a:b,c d', 'json:{}', '-o', 'ü 名', 'quote\'"%20\\n'])('works in a directory called %s', async (name) => {
    await mkdir(at(name), { recursive: true })
    const image = path.join(at(name), 'disk:1,2.qcow2')
    await createImage(image, 1024 * KIB)
    await qemuIo(image, 'write -P 7 0 4k')
    expect(await mapImage(image)).toEqual([[0, 64 * KIB]])
    expect((await checkImage(image)).clean).toBe(true)
    expect(await compareImages(image, image)).toMatchObject({ identical: true })
  })
})

it('mapImage tells what the image holds: data and stated zeros, not holes', async () => {
  const image = at('map.qcow2')
  await createImage(image, 1024 * KIB)
  expect(await mapImage(image)).toEqual([])
  await qemuIo(image, 'write -P 7 128k 4k', 'write -z 192k 64k', 'write -P 1 512k 64k')
  expect(await mapImage(image)).toEqual([
    [128 * KIB, 128 * KIB],
    [512 * KIB, 64 * KIB],
  ])
})

describe('checkImage', () => {
  it('tells leaks (3), corruption (2) and no check at all (1) apart', async () => {
    const image = at('check.qcow2')
    await createImage(image, 1024 * KIB)
    await qemuIo(image, 'write -P 7 0 256k')
    expect(await checkImage(image)).toMatchObject({ clean: true, leaks: 0, corruptions: 0, errors: 0 })

    const bytes = await readFile(image)
    const l1 = Number(bytes.readBigUInt64BE(40))
    const l2 = Number(bytes.readBigUInt64BE(l1) & 0x00ff_ffff_ffff_fe00n)
    const spoil = async (value: bigint) => {
      await using file = await open(image, 'r+')
      const entry = Buffer.alloc(8)
      entry.writeBigUInt64BE(value)
      await file.write(entry, 0, 8, l2)
    }
    await spoil(0n)
    expect(await checkImage(image)).toMatchObject({ clean: false, leaks: 1, corruptions: 0, tool: { exitCode: 3 } })
    await spoil(bytes.readBigUInt64BE(l2 + 8))
    expect(await checkImage(image)).toMatchObject({ clean: false, tool: { exitCode: 2 } })
    expect((await checkImage(image)).corruptions).toBeGreaterThan(0)

    await writeFile(at('not-an-image'), randomBytes(4096))
    await expect(checkImage(at('not-an-image'))).rejects.toMatchObject({
      problem: { code: 'proof_failed', tool: { exitCode: 1 } },
    })
    await expect(checkImage(at('moved-away'))).rejects.toMatchObject({
      problem: { code: 'proof_failed', happened: expect.stringContaining('is gone') },
    })
  })
})

describe('compareImages', () => {
  it('finds one wrong byte, and takes a longer one whose tail is zero', async () => {
    const source = at('source.raw')
    const bytes = randomBytes(1_000_001)
    await writeFile(source, bytes)
    const image = at('copy.qcow2')
    const converted = await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', source, image])
    expect(converted.ok).toBe(true)
    const raw = { path: source, format: 'raw' } as const
    expect(await compareImages(raw, image)).toMatchObject({ identical: true, detail: 'Images are identical.' })

    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1
    await writeFile(source, bytes)
    const different = await compareImages(raw, image)
    expect(different.identical).toBe(false)
    expect(different.detail).toContain('mismatch')
    await expect(compareImages(raw, at('gone'))).rejects.toMatchObject({ problem: { code: 'proof_failed' } })
  })
})
