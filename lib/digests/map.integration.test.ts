import { randomBytes } from 'node:crypto'
import { copyFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { buildMap } from './build.ts'
import { DigestError } from './error.ts'
import { leafCount, leafDigest, ZERO_LEAF } from './leaf.ts'
import { DigestLogWriter, StoredLeaves } from './log.ts'
import { MapReader } from './reader.ts'
import { mapFile, rawLeaves } from './testing/oracle.ts'

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)

/** A disk: a seed byte per leaf (0: zeros), its odd end, and the leaves that the source calls holes. */
const disk = fc
  .record({
    seeds: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }), {
      maxLength: 600,
    }),
    cut: fc.nat(65535),
    holes: fc.array(fc.nat(600), { maxLength: 40 }),
    order: fc.infiniteStream(fc.nat(1000)),
  })
  .map(({ seeds, cut, holes, order }) => {
    const raw = Buffer.alloc(Math.max(0, seeds.length * 65536 - (seeds.length > 0 ? cut : 0)))
    for (const [i, seed] of seeds.entries())
      if (seed !== 0) raw.subarray(i * 65536, i * 65536 + 1 + seed * 7).fill(seed)
    const isHole = (leaf: number) => holes.some((hole) => leaf >= hole && leaf < hole + 5) && seeds[leaf] === 0
    const leaves = seeds.map((_, leaf) => leaf).toSorted(() => (order.next().value ?? 0) - 500)
    return { raw, isHole, leaves }
  })

async function refuses(work: () => Promise<unknown>): Promise<string> {
  return await work().then(
    () => 'accepted',
    (error: unknown) => (error instanceof DigestError ? error.code : `bug: ${error}`),
  )
}

/** Root, then every page, as a comparison reads it. @returns the root */
async function readWhole(file: string): Promise<string> {
  await using map = await MapReader.open(file)
  const root = await map.verifyRoot()
  for await (const _ of map.pages());
  return root
}

describe('a digest map', () => {
  it('is the one that an independent reader of the raw disk makes, whatever the order of the log', async () => {
    await fc.assert(
      fc.asyncProperty(disk, fc.integer({ min: 1, max: 300 }), async ({ raw, isHole, leaves }, everyLeaves) => {
        const [logFile, map] = [at('d.log'), at('d.map')]
        await rm(logFile, { force: true })
        await using log = new DigestLogWriter(logFile)
        for (const [i, leaf] of leaves.entries()) {
          if (isHole(leaf)) log.addHoles(leaf, 1)
          else log.add(leaf, leafDigest(raw.subarray(leaf * 65536, (leaf + 1) * 65536)))
          if (i % everyLeaves === 0) await log.flush()
        }
        const bytes = await log.flush()
        expect([bytes, log.bytes]).toEqual([(await stat(logFile)).size, bytes])
        const summary = await buildMap({
          ...{ logFile, mapFile: map, sizeBytes: raw.length, sectors: { logical: 512, physical: 4096 } },
        })
        const wanted = rawLeaves(raw, isHole)
        const oracle = mapFile(wanted, raw.length, 512, 4096)
        expect(await readFile(map)).toEqual(oracle.file)
        const is = (leaf: Buffer, hex: string) => leaf.toString('hex') === hex.padStart(64, '0')
        const holes = wanted.filter((leaf) => is(leaf, '00')).length
        const zeros = wanted.filter((leaf) => is(leaf, '01')).length
        const { root, hashedBytes, zeroBytes, holeBytes } = summary
        expect(summary).toMatchObject({ holes, zeros, hashed: wanted.length - holes - zeros, leaves: wanted.length })
        expect([root, hashedBytes + zeroBytes + holeBytes]).toEqual([oracle.root, raw.length])

        await using reader = await MapReader.open(map)
        expect(await reader.verifyRoot()).toBe(oracle.root)
        const read: Buffer[] = []
        for await (const { digests } of reader.pages()) read.push(Buffer.from(digests))
        expect(Buffer.concat(read)).toEqual(Buffer.concat(wanted))
        const one = leaves[0]
        if (one !== undefined) expect(await reader.leaf(one)).toEqual(wanted[one])
      }),
      { numRuns: 25 },
    )
  })

  it('is not built from a log that leaves a leaf unsaid, is torn, or speaks of another disk', async () => {
    const [logFile, map] = [at('gap.log'), at('gap.map')]
    await using log = new DigestLogWriter(logFile)
    log.addHoles(0, 4)
    log.add(5, ZERO_LEAF)
    await log.flush()
    const options = { logFile, mapFile: map, sizeBytes: 6 * 65536, sectors: { logical: null, physical: null } }
    await expect(buildMap(options)).rejects.toThrow('1 of 6 leaves, the first at byte 262144')
    expect(await refuses(() => buildMap(options))).toBe('log_incomplete')
    expect(await refuses(() => buildMap({ ...options, sizeBytes: 5 * 65536 }))).toBe('log_damaged')
    expect(await buildMap({ ...options, uncovered: 'hole' })).toMatchObject({ holes: 5, zeros: 1 })
    log.add(4, ZERO_LEAF)
    const whole = await log.flush()
    expect(await buildMap(options)).toMatchObject({ holes: 4, zeros: 2 })
    await truncate(logFile, whole - 1)
    expect(await refuses(() => buildMap(options))).toBe('log_damaged')
    expect(await refuses(() => buildMap({ ...options, logFile: at('none') }))).toBe('log_unreadable')
  })

  it('lets a later record override an earlier one', async () => {
    const [logFile, map] = [at('later.log'), at('later.map')]
    await using log = new DigestLogWriter(logFile)
    const digest = Buffer.alloc(32, 7)
    for (const step of [
      () => log.add(1, Buffer.alloc(32, 6)),
      () => log.addHoles(0, 2),
      () => log.add(0, Buffer.alloc(32, 5)),
      () => log.add(0, digest),
    ]) {
      step()
      await log.flush()
    }
    await buildMap({ logFile, mapFile: map, sizeBytes: 2 * 65536, sectors: { logical: null, physical: null } })
    expect(await readFile(map)).toEqual(mapFile([digest, Buffer.alloc(32)], 2 * 65536).file)
  })

  it('is right when its pages do not fit into memory at once', async () => {
    const [logFile, map] = [at('wide.log'), at('wide.map')]
    const pages = 1500
    await using log = new DigestLogWriter(logFile)
    const wanted = new Array<Buffer>(pages * 256).fill(Buffer.alloc(32))
    log.addHoles(0, wanted.length)
    await log.flush()
    // Each page three times, far apart: a digest, another one, the first taken back.
    for (const round of [0, 1])
      for (let page = 0; page < pages; page++) {
        const leaf = page * 256 + round * 100
        wanted[leaf] = Buffer.alloc(32, 1 + ((page + round) % 200))
        log.add(leaf, wanted[leaf])
        if (page % 400 === 0) await log.flush()
      }
    await log.flush()
    for (let page = 0; page < pages; page += 3) {
      log.addHoles(page * 256, 1)
      wanted[page * 256] = Buffer.alloc(32)
    }
    await log.flush()
    const sizeBytes = wanted.length * 65536
    await buildMap({ logFile, mapFile: map, sizeBytes, sectors: { logical: null, physical: null } })
    expect((await readFile(map)).equals(mapFile(wanted, sizeBytes).file)).toBe(true)
  })

  it('notices every byte that is changed, and a file that is longer or shorter', async () => {
    const raw = randomBytes(300 * 65536 - 77)
    raw.fill(0, 65536, 20 * 65536)
    // The last page but one is of holes only.
    const leaves = [...rawLeaves(raw), ...new Array(256 + 212).fill(Buffer.alloc(32)), ZERO_LEAF]
    const size = leaves.length * 65536 - 5
    const { file, root } = mapFile(leaves, size, 512, 4096)
    const damaged = at('flipped.map')
    await writeFile(damaged, file)
    expect(await readWhole(damaged)).toBe(root)
    const steps = [1, 0x80, 0xff]
    // Every byte of header, table and gap; of the pages those at their borders and a sample.
    const pagesOffset = 8192
    for (let byte = 0; byte < file.length; byte += byte < 260 || (byte >= 4090 && byte < 4300) ? 1 : 211) {
      const changed = Buffer.from(file)
      changed[byte] = (changed[byte] ?? 0) ^ (steps[byte % 3] ?? 1)
      await writeFile(damaged, changed)
      const answer = await refuses(async () => {
        if ((await readWhole(damaged)) !== root) throw new DigestError('map_root', 'another root')
      })
      expect(['map_damaged', 'map_unsupported', 'map_root'], `byte ${byte}: ${answer}`).toContain(answer)
      if (byte >= pagesOffset) expect(answer).toBe('map_damaged')
    }
    // A page that the medium lost whole, one that is another's, and one where only holes are.
    const page = (n: number) => [pagesOffset + n * 8192, pagesOffset + (n + 1) * 8192] as const
    for (const change of [
      (bytes: Buffer) => bytes.fill(0, ...page(0)),
      (bytes: Buffer) => file.copy(bytes, page(0)[0], ...page(1)),
      (bytes: Buffer) => file.copy(bytes, page(2)[0], ...page(0)),
    ]) {
      const changed = Buffer.from(file)
      change(changed)
      expect(changed.equals(file)).toBe(false)
      await writeFile(damaged, changed)
      expect(await refuses(() => readWhole(damaged))).toBe('map_damaged')
    }
    for (const length of [0, 1, 4095, 4096, file.length - 1, file.length + 1]) {
      await writeFile(damaged, Buffer.concat([file], length))
      expect(await refuses(() => readWhole(damaged)), `${length} bytes`).toBe('map_damaged')
    }
    expect(await refuses(() => MapReader.open(at('no.map')))).toBe('map_unreadable')
    expect(await refuses(() => MapReader.open(made.path))).toBe('map_unreadable')
  })

  it('takes no digest behind the end of the disk, and none of what later versions may write', async () => {
    const file = at('behind.map')
    const { file: behind } = mapFile([ZERO_LEAF, ZERO_LEAF], 2 * 65536)
    behind.writeBigUInt64BE(BigInt(65536), 40)
    await writeFile(file, behind)
    expect(await refuses(() => readWhole(file))).toBe('map_damaged')
    for (const [name, offset, value] of [
      ['version', 11, 2],
      ['hash', 15, 2],
      ['key', 20, 1],
      ['leaf size', 33, 2],
      ['chains', 59, 1],
    ] as const) {
      const other = mapFile([ZERO_LEAF], 65536).file
      other[offset] = value
      await writeFile(file, other)
      expect(await refuses(() => MapReader.open(file)), name).toBe('map_unsupported')
    }
  })

  it('is not used when it changes after its root was verified', async () => {
    const file = at('moving.map')
    const before = mapFile([Buffer.alloc(32, 1)], 65536).file
    const after = mapFile([Buffer.alloc(32, 2)], 65536).file
    await writeFile(file, before)
    await using map = await MapReader.open(file)
    await expect(map.leaf(0)).rejects.toThrow('after its root was verified')
    await map.verifyRoot()
    await writeFile(file, after)
    expect(await refuses(() => map.leaf(0))).toBe('map_damaged')
    expect(await refuses(() => map.readPages(0))).toBe('map_damaged')
  })
})

describe('the log on disk', () => {
  it('is continued behind its last whole record, cut at every byte', async () => {
    const file = at('torn.log')
    await using log = new DigestLogWriter(file)
    log.add(0, ZERO_LEAF)
    const first = await log.flush()
    log.add(1, ZERO_LEAF)
    log.addHoles(2, 3)
    const second = await log.flush()
    for (let cut = 0; cut <= second; cut++) {
      const torn = at(`torn-${cut}.log`)
      await copyFile(file, torn)
      await truncate(torn, cut)
      const stored = await StoredLeaves.read(torn, 100)
      await using again = new DigestLogWriter(torn)
      expect([0, first, first + 32, second]).toContain(again.bytes)
      expect(cut - again.bytes).toBeLessThan(first)
      again.add(9, ZERO_LEAF)
      await again.flush()
      const after = await StoredLeaves.read(torn, 100)
      expect([after.count, after.has(9), after.has(10)]).toEqual([stored.count + 1, true, false])
      await rm(torn)
    }
    const stored = await StoredLeaves.read(file, 8)
    expect([...stored.missing()]).toEqual([{ first: 5, count: 3 }])
  })

  it('says nothing of a leaf before its flush, and flushes what came before the call', async () => {
    const file = at('order.log')
    await using log = new DigestLogWriter(file)
    log.add(3, ZERO_LEAF)
    expect((await stat(file)).size).toBe(0)
    const one = log.flush()
    log.add(4, ZERO_LEAF)
    const length = await one
    expect((await stat(file)).size).toBe(length)
    expect([(await StoredLeaves.read(file, 10)).has(3), (await StoredLeaves.read(file, 10)).has(4)]).toEqual([
      true,
      false,
    ])
    await Promise.all([log.flush(), log.flush()])
    expect((await StoredLeaves.read(file, 10)).count).toBe(2)
    await log.close()
    await expect(log.flush()).rejects.toThrow('closed')
  })

  it('has a bound between two flushes', () => {
    const log = new DigestLogWriter(at('full.log'))
    for (let leaf = 0; leaf < 262_144; leaf++) log.add(leaf, ZERO_LEAF)
    expect(() => log.add(0, ZERO_LEAF)).toThrow(DigestError)
    return log.close()
  })
})

it('counts the leaves of a disk as the oracle does', () => {
  expect(rawLeaves(Buffer.alloc(65537))).toHaveLength(leafCount(65537))
})
