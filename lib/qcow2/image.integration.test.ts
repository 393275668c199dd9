import { copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { Qcow2Error } from './error.ts'
import { Qcow2Image } from './image.ts'
import { ClusterReader, fileRuns } from './read.ts'
import { qemuIo, tool } from './testing/qemu.ts'

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)

/** The whole disk, as our reader sees it. */
async function content(file: string): Promise<Buffer> {
  await using image = await Qcow2Image.open(file)
  const disk = Buffer.alloc(Math.ceil(image.header.sizeBytes / 65536) * 65536)
  const reader = new ClusterReader(image.file)
  for await (const batch of image.batches()) {
    const seen = new Set<number>()
    await reader.read(batch, (place, bytes) => {
      bytes.copy(disk, (batch.first + place) * 65536)
      seen.add(place)
    })
    expect(seen.size).toBe(batch.stored)
    const order = [...fileRuns(batch)].map(({ offset }) => offset)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  }
  expect(await image.file.changed()).toBe(false)
  return disk.subarray(0, image.header.sizeBytes)
}

async function refusal(file: string): Promise<string> {
  return await content(file).then(
    () => 'accepted',
    (error: unknown) => (error instanceof Qcow2Error ? `${error.kind} ${error.word}` : `bug: ${error}`),
  )
}

const MIB = 2 ** 20
const command = fc
  .tuple(
    fc.constantFrom('data', 'data', 'data', 'zero', 'unmap', 'discard'),
    fc.nat(99),
    fc.nat(99),
    fc.boolean(),
    fc.integer({ min: 1, max: 255 }),
  )
  .map(([kind, place, length, aligned, pattern]) => ({ kind, place, length, aligned, pattern }))

describe('the content of an image that qemu wrote', () => {
  it('is the one that qemu-img convert reads', async () => {
    const sizes = fc.constantFrom(0, 512, 65536, 65536 + 512, 3 * MIB + 1536, 3 * MIB, 513 * MIB + 512)
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(command, { maxLength: 20 }), async (size, commands) => {
        const [image, raw] = [at('random.qcow2'), at('random.raw')]
        await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, String(size)])
        const grain = (aligned: boolean) => (aligned ? 65536 : 512)
        const words = commands.flatMap(({ kind, place, length, aligned, pattern }) => {
          const unit = grain(aligned)
          const start = Math.floor((size * place) / 100 / unit) * unit
          const most = Math.min(size - start, 40 * unit)
          const bytes = Math.max(unit, Math.ceil((most * (length + 1)) / 100 / unit) * unit)
          if (start + bytes > size) return []
          if (kind === 'data') return [`write -P ${pattern} ${start} ${bytes}`]
          if (kind === 'discard') return [`discard ${start} ${bytes}`]
          return [`write -z ${kind === 'unmap' ? '-u' : ''} ${start} ${bytes}`]
        })
        if (words.length > 0) await qemuIo(image, ...words)
        await tool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw])
        expect((await content(image)).equals(await readFile(raw))).toBe(true)
        await Promise.all([rm(image), rm(raw)])
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  it('is read where the file ends in mid-cluster', async () => {
    const image = at('short.qcow2')
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, '200k'])
    await qemuIo(image, 'write -P 9 0 200k')
    const whole = (await stat(image)).size
    expect(whole % 65536).toBe(0)
    // Zeros that the guest cannot see, and 1 KiB that it can.
    await truncate(image, whole - 57 * 1024)
    const disk = await content(image)
    expect(disk.subarray(0, 199 * 1024).every((byte) => byte === 9)).toBe(true)
    expect(disk.subarray(199 * 1024).every((byte) => byte === 0)).toBe(true)
    await truncate(image, whole - 65536)
    expect(await refusal(image)).toBe('damaged l2_entry')
  })
})

describe('what Sendense does not write', () => {
  it.each([
    ['a backing file', ['-b', 'base.qcow2', '-F', 'qcow2'], 'unsupported backing_file'],
    [
      'encryption',
      ['--object', 'secret,id=s,data=abc', '-o', 'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10'],
      'unsupported encryption',
    ],
    ['subclusters', ['-o', 'extended_l2=on'], 'unsupported extended_l2'],
    ['clusters of 128 KiB', ['-o', 'cluster_size=128k'], 'unsupported cluster_size'],
    ['clusters of 4 KiB', ['-o', 'cluster_size=4k'], 'unsupported cluster_size'],
    ['a data file', ['-o', 'data_file=out.raw'], 'unsupported data_file'],
    ['version 2', ['-o', 'compat=0.10'], 'unsupported version'],
    ['zstd', ['-o', 'compression_type=zstd'], 'unsupported compression'],
    ['other reference counts', ['-o', 'refcount_bits=8'], 'unsupported refcount_bits'],
  ])('%s is refused', async (name, options, word) => {
    const base = at('base.qcow2')
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', base, '1M'])
    const image = at(`refused ${name}.qcow2`)
    const own = options.map((option) => option.replace('data_file=', `data_file=${made.path}/`))
    // Encrypting may fail by itself: QEMU times its key derivation.
    let failed: unknown
    for (let tries = 0; tries < 5; tries++) {
      failed = await tool('qemu-img', ['create', '-q', '-f', 'qcow2', ...own, image, '1M']).catch(
        (error: unknown) => error,
      )
      if (typeof failed === 'string') break
    }
    expect(failed).toBe('')
    expect(await refusal(image)).toBe(word)
  })

  it('compressed clusters, snapshots and bitmaps are refused', async () => {
    const raw = at('plain.raw')
    await writeFile(raw, Buffer.alloc(MIB, 3))
    const compressed = at('compressed.qcow2')
    await tool('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', raw, compressed])
    expect(await refusal(compressed)).toBe('unsupported compressed_cluster')
    const image = at('plain.qcow2')
    await tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image])
    expect(await refusal(image)).toBe('accepted')
    const other = at('bitmap.qcow2')
    await copyFile(image, other)
    await tool('qemu-img', ['bitmap', '--add', '-f', 'qcow2', other, 'b'])
    expect(await refusal(other)).toBe('unsupported bitmaps')
    await tool('qemu-img', ['snapshot', '-c', 's', image])
    expect(await refusal(image)).toBe('unsupported internal_snapshots')
  })

  it('what is no QCOW2, or no file, is refused', async () => {
    const file = at('text')
    for (const bytes of [Buffer.alloc(0), Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(70_000, 1)]) {
      await writeFile(file, bytes)
      expect(await refusal(file)).toBe('damaged not_qcow2')
    }
    await expect(Qcow2Image.open(made.path)).rejects.toThrow('not a plain file')
    await expect(Qcow2Image.open(at('nothing'))).rejects.toThrow('ENOENT')
  })
})

describe('a damaged image', () => {
  /** An image of 1 MiB with data, its header and tables, and what becomes of it with some bytes changed. */
  async function changed(change: (file: Buffer, l1: number, l2: number) => void): Promise<string> {
    const image = at('damaged.qcow2')
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
    await qemuIo(image, 'write -P 5 128k 256k')
    const file = await readFile(image)
    const l1 = Number(file.readBigUInt64BE(40))
    change(file, l1, Number(file.readBigUInt64BE(l1) & 0x00ff_ffff_ffff_fe00n))
    await writeFile(image, file)
    return await refusal(image)
  }
  const COPIED = 1n << 63n

  it('is refused with the word for it', async () => {
    expect(await changed(() => {})).toBe('accepted')
    const cases: [string, (file: Buffer, l1: number, l2: number) => void][] = [
      ['unsupported dirty', (f) => f.writeBigUInt64BE(1n, 72)],
      ['damaged corrupt', (f) => f.writeBigUInt64BE(2n, 72)],
      ['unsupported unknown_feature', (f) => f.writeBigUInt64BE(1n << 40n, 72)],
      ['unsupported unknown_feature', (f) => f.writeBigUInt64BE(2n, 88)],
      ['damaged size', (f) => f.writeBigUInt64BE(0xffff_ffff_ffff_fe00n, 24)],
      ['damaged size', (f) => f.writeBigUInt64BE(2n ** 20n + 1n, 24)],
      ['damaged l1_table', (f) => f.writeBigUInt64BE(2n ** 40n, 24)],
      ['damaged l1_table', (f) => f.writeUInt32BE(0xffff_ffff, 36)],
      ['damaged l1_table', (f) => f.writeUInt32BE(4_194_304, 36)],
      ['damaged l1_table', (f, l1) => f.writeBigUInt64BE(BigInt(l1) + 512n, 40)],
      ['damaged l1_table', (f) => f.writeBigUInt64BE(0n, 40)],
      ['damaged l1_table', (f) => f.writeBigUInt64BE(2n ** 60n, 40)],
      ['damaged header', (f) => f.writeUInt32BE(0xffff_fff8, 100)],
      ['damaged header', (f) => f.writeUInt32BE(0xffff_fff0, 116)],
      ['damaged header', (f) => f.writeBigUInt64BE(2n ** 60n, 48)],
      ['damaged l1_entry', (f, l1, l2) => f.writeBigUInt64BE(COPIED | BigInt(l2 + 512), l1)],
      ['damaged l1_entry', (f, l1) => f.writeBigUInt64BE(COPIED | (2n ** 55n), l1)],
      ['damaged l1_entry', (f, l1) => f.writeBigUInt64BE(COPIED, l1)],
      ['damaged l1_entry', (f, l1, l2) => f.writeBigUInt64BE(COPIED | (1n << 60n) | BigInt(l2), l1)],
      ['damaged l1_entry', (f, l1, l2) => f.writeBigUInt64BE(COPIED | BigInt(l2 + 1), l1)],
      ['damaged l2_entry', (f, _, l2) => f.writeBigUInt64BE(COPIED | 512n, l2)],
      ['damaged l2_entry', (f, _, l2) => f.writeBigUInt64BE(COPIED | 2n, l2 + 16)],
      ['damaged l2_entry', (f, _, l2) => f.writeBigUInt64BE(COPIED | (1n << 57n), l2 + 16)],
      ['damaged l2_entry', (f, _, l2) => f.writeBigUInt64BE(COPIED | (2n ** 54n), l2 + 16)],
      ['damaged l2_entry', (f, _, l2) => f.writeBigUInt64BE(COPIED | BigInt(f.length), l2 + 16)],
      ['damaged l2_entry', (f, _, l2) => f.copy(f, l2 + 16 * 8, l2 + 16, l2 + 24)],
      ['unsupported compressed_cluster', (f, _, l2) => f.writeBigUInt64BE(1n << 62n, l2 + 16)],
      ['damaged shared_cluster', (f, _, l2) => f.copy(f, l2 + 16, l2 + 24, l2 + 32)],
      ['damaged shared_cluster', (f, _, l2) => f.writeBigUInt64BE(COPIED | BigInt(l2), l2 + 16)],
      ['damaged shared_cluster', (f, l1) => f.writeBigUInt64BE(COPIED | BigInt(l1), l1)],
    ]
    for (const [i, [word, change]] of cases.entries()) expect(await changed(change), `case ${i}`).toBe(word)
  }, 120_000)

  it('ends in a Qcow2Error or in content, whatever stands in header and tables', async () => {
    const image = at('fuzz.qcow2')
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
    await qemuIo(image, 'write -P 5 128k 256k')
    const sound = await readFile(image)
    const l1 = Number(sound.readBigUInt64BE(40))
    const l2 = Number(sound.readBigUInt64BE(l1) & 0x00ff_ffff_ffff_fe00n)
    const place = fc.oneof(
      fc.nat(150),
      fc.nat(7).map((i) => l1 + i),
      fc.nat(130).map((i) => l2 + i),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }), async (bytes) => {
        const file = Buffer.from(sound)
        for (const [offset, byte] of bytes) file[offset] = byte
        await using handle = await open(image, 'r+')
        await handle.write(file, 0, file.length, 0)
        // A size that was enlarged is read too; the buffer of this test is the limit.
        if (file.readBigUInt64BE(24) > 2n ** 30n) return
        expect(await refusal(image)).toMatch(/^(accepted|(damaged|unsupported) \w+)$/)
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})
