import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ProofMessage, type ProofRequest, proofMessageSchema } from '#contracts/proof.ts'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'
import { qemuIo, tool } from '../qcow2/testing/qemu.ts'
import { leafDigest, ZERO_LEAF } from './leaf.ts'
import { DigestLogWriter } from './log.ts'
import { encodeHeader, mapLayout, rootHash } from './map-format.ts'
import { sparseQcow2 } from './testing/sparse-qcow2.ts'

const LEAF = 65536
const TIB = 2 ** 40
const MAIN = path.join(import.meta.dirname, 'proof-main.ts')

let made: TestDirectory
beforeAll(async () => {
  made = await testDirectory()
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)

interface Ended {
  code: number | null
  messages: ProofMessage[]
}

/** Starts a proof; its stdin stays open, as the engine keeps it. */
function start(request: ProofRequest | string): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => undefined)
  child.stdin.write(typeof request === 'string' ? request : `${JSON.stringify(request)}\n`)
  const exited = once(child, 'exit') as Promise<[number | null]>
  const ended = Promise.all([text(child.stdout), exited]).then(([words, [code]]) => ({
    code,
    messages: words.split('\n').flatMap((line) => (line === '' ? [] : [proofMessageSchema.parse(JSON.parse(line))])),
  }))
  return { child, ended }
}

const prove = (request: ProofRequest | string) => start(request).ended

describe('the proof process', () => {
  it('builds the map and compares, then says so and ends', async () => {
    const [image, log, map] = [at('a.qcow2'), at('a.log'), at('a.map')]
    await tool('qemu-img', ['create', '-q', '-f', 'qcow2', image, String(4 * LEAF)])
    await qemuIo(image, `write -P 7 ${LEAF} 64k`)
    await using writer = new DigestLogWriter(log)
    writer.add(1, leafDigest(Buffer.alloc(LEAF, 7)))
    writer.add(2, ZERO_LEAF)
    writer.addHoles(0, 1)
    await writer.flush()
    const request = { image, log, map, sizeBytes: 4 * LEAF - 3, sectors: { logical: 512, physical: null } }
    const incomplete = await prove(request)
    expect([incomplete.code, incomplete.messages.at(-1)]).toMatchObject([2, { type: 'error', code: 'log_incomplete' }])
    writer.addHoles(3, 1)
    await writer.flush()
    const { code, messages } = await prove(request)
    const last = messages.at(-1)
    if (last?.type !== 'result') throw new Error(JSON.stringify(messages))
    expect([code, last.comparison.equal, last.map?.root]).toEqual([0, true, last.comparison.root])
    expect(last.map).toMatchObject({ hashed: 1, zeros: 1, holes: 2, holeBytes: 2 * LEAF - 3 })
    await qemuIo(image, `write -P 8 ${LEAF} 512`)
    const { log: _, ...again } = { ...request, expectedRoot: last.comparison.root }
    const second = await prove(again)
    expect(second.code).toBe(0)
    expect(second.messages.at(-1)).toMatchObject({ map: null, comparison: { equal: false, firstOffset: LEAF } })
    const wrong = await prove({ ...again, expectedRoot: '0'.repeat(64) })
    expect(wrong).toMatchObject({ code: 2, messages: [{ type: 'error', code: 'map_root' }] })
    await tool('qemu-img', ['snapshot', '-c', 's', image])
    const refused = { type: 'error', code: 'image_unsupported', word: 'internal_snapshots' }
    expect(await prove(again)).toMatchObject({ code: 2, messages: [refused] })
  })

  it('refuses what is no request', async () => {
    for (const bad of ['nonsense\n', '{}\n', 'x'.repeat(100_000)])
      expect(await prove(bad)).toMatchObject({ code: 2, messages: [{ type: 'error', code: 'bad_request' }] })
    const { child, ended } = start('{"image":')
    child.stdin?.end()
    expect(await ended).toMatchObject({ code: 2, messages: [{ type: 'error', code: 'aborted' }] })
  })

  it.each(['its stdin ends', 'it is asked to end'])('gives up when %s', async (how) => {
    const [image, map] = [at('long.qcow2'), at('long.map')]
    // A map that takes long to check: 200 TiB of holes.
    const sizeBytes = 200 * TIB
    await sparseQcow2(image, { sizeBytes, tables: 0, dataEvery: 0 })
    await sparseMap(map, sizeBytes)
    const { child, ended } = start({ image, map, sizeBytes, sectors: { logical: null, physical: null } })
    await once(child.stdout ?? child, 'readable')
    if (how === 'its stdin ends') child.stdin?.end()
    else child.kill('SIGTERM')
    const { code, messages } = await ended
    expect([code, messages.at(-1)]).toMatchObject([2, { type: 'error', code: 'aborted' }])
    await Promise.all([rm(image), rm(map)])
  })
})

/** A map that says of every leaf that it is a hole: a sparse file. */
async function sparseMap(file: string, sizeBytes: number): Promise<string> {
  const head = encodeHeader(sizeBytes, { logical: null, physical: null })
  await writeFile(file, head)
  const { fileBytes, pages } = mapLayout(sizeBytes)
  await truncate(file, fileBytes)
  const root = rootHash().update(head)
  const zeros = Buffer.alloc(65536)
  for (let rest = pages * 32; rest > 0; rest -= zeros.length) root.update(zeros.subarray(0, rest))
  return root.digest('hex')
}

describe('scale', () => {
  it('A11, A12: 10 TiB are proved, without a deadline and in bounded memory', { timeout: 240_000 }, () =>
    proveTenTiB(256),
  )
  it('A11, A12: 10 TiB with all L2 tables too', { timeout: 240_000, tags: ['long'] }, () => proveTenTiB(20_480))
})

async function proveTenTiB(tables: number): Promise<void> {
  const [image, log, map] = [at('ten.qcow2'), at('ten.log'), at('ten.map')]
  const sizeBytes = 10 * TIB
  // One stored cluster in each table; the others read as zero.
  const { clusters, digest } = await sparseQcow2(image, { sizeBytes, tables, dataEvery: 8192 })
  await using writer = new DigestLogWriter(log)
  writer.addHoles(0, sizeBytes / LEAF)
  await writer.flush()
  for (const leaf of clusters) writer.add(leaf, digest)
  await writer.flush()
  const { child, ended } = start({ image, log, map, sizeBytes, sectors: { logical: 512, physical: 512 } })
  const peaks: number[] = []
  child.stdout?.on('data', () => void highWater(child.pid ?? 0).then((kib) => peaks.push(kib)))
  const { code, messages } = await ended
  const last = messages.at(-1)
  if (last?.type !== 'result') throw new Error(JSON.stringify(messages))
  const { comparison } = last
  expect([code, comparison.equal, comparison.comparedLeaves]).toEqual([0, true, tables])
  expect(comparison.holeLeaves).toBe(sizeBytes / LEAF - tables)
  const peak = Math.max(...peaks.filter(Number.isFinite))
  expect(peaks.length).toBeGreaterThan(0)
  console.log(`10 TiB, ${tables} L2 tables: ${comparison.ms} ms, VmHWM ${(peak / 1024).toFixed(0)} MiB`)
  expect(peak).toBeLessThan(256 * 1024)
  await Promise.all([rm(image), rm(map), rm(log)])
}

async function highWater(pid: number): Promise<number> {
  await using handle = await open(`/proc/${pid}/status`).catch(() => null)
  const status = handle ? await handle.readFile('utf8') : ''
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN)
}
