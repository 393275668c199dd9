import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExtentWindow } from '#lib/nbd/extents.ts'
import { LateDigests } from './late-digests.ts'
import { LEAF_BYTES } from './leaf.ts'
import { LeafPlan, type Stretch } from './plan.ts'
import { ZeroRuns } from './zero-runs.ts'

/** Extents as lengths and kinds, and how many stand in each window. */
const disk = fc.record({
  extents: fc.array(
    fc.record({
      length: fc.oneof(
        fc.integer({ min: 1, max: 4 * LEAF_BYTES }),
        fc.integer({ min: 1, max: 4 }).map((n) => n * LEAF_BYTES),
      ),
      data: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  ),
  windows: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  stored: fc.array(fc.nat(100), { maxLength: 30 }),
  known: fc.array(fc.nat(100), { maxLength: 30 }),
  requestLeaves: fc.integer({ min: 1, max: 5 }),
})

async function stretches(plan: LeafPlan): Promise<Stretch[]> {
  const all: Stretch[] = []
  for (let next = plan.next(); next !== 'end'; next = plan.next()) {
    if (next === 'more') await plan.advance()
    else all.push(next)
  }
  return all
}

function windowsOf(
  extents: { length: number; data: boolean }[],
  sizes: readonly number[],
): () => Promise<ExtentWindow | null> {
  let [n, at, call] = [0, 0, 0]
  return async () => {
    const some = extents.slice(n, n + (sizes[call++ % sizes.length] as number))
    if (some.length === 0) return null
    const window = { offset: at, pairs: Uint32Array.from(some.flatMap(({ length, data }) => [length, data ? 0 : 3])) }
    n += some.length
    for (const { length } of some) at += length
    return window
  }
}

describe('the plan', () => {
  it('reads exactly the wanted leaves, in order, in requests that are not too long', async () => {
    await fc.assert(
      fc.asyncProperty(disk, fc.boolean(), async ({ extents, windows, stored, known, requestLeaves }, holesToo) => {
        const sizeBytes = extents.reduce((sum, { length }) => sum + length, 0)
        const leaves = Math.ceil(sizeBytes / LEAF_BYTES)
        const data = new Set<number>()
        let at = 0
        for (const extent of extents) {
          for (let leaf = Math.floor(at / LEAF_BYTES); extent.data && leaf * LEAF_BYTES < at + extent.length; leaf++)
            data.add(leaf)
          at += extent.length
        }
        const plan = new LeafPlan({
          sizeBytes,
          nextWindow: windowsOf(extents, windows),
          requestBytes: requestLeaves * LEAF_BYTES,
          wants: (leaf) => !stored.includes(leaf),
          ...(holesToo ? { wantsHole: (leaf: number) => known.includes(leaf) } : {}),
        })
        const all = await stretches(plan)
        const read = all.flatMap(({ offset, length }) =>
          Array.from({ length: Math.ceil(length / LEAF_BYTES) }, (_, n) => offset / LEAF_BYTES + n),
        )
        const wanted = Array.from({ length: leaves }, (_, leaf) => leaf).filter((leaf) =>
          data.has(leaf) ? !stored.includes(leaf) : holesToo && known.includes(leaf),
        )
        expect(read).toEqual(wanted)
        for (const { offset, length } of all) {
          expect(length).toBeLessThanOrEqual(requestLeaves * LEAF_BYTES)
          expect(length % LEAF_BYTES === 0 || offset + length === sizeBytes).toBe(true)
        }
        const bytes = (leaf: number) => Math.min((leaf + 1) * LEAF_BYTES, sizeBytes) - leaf * LEAF_BYTES
        const holes = Array.from({ length: leaves }, (_, leaf) => leaf).filter((leaf) => !data.has(leaf))
        expect(plan.holeBytes).toBe(holes.reduce((sum, leaf) => sum + bytes(leaf), 0))
      }),
      { numRuns: 500 },
    )
  })

  it('joins what touches into whole requests, over the borders of windows', async () => {
    const extents = Array.from({ length: 64 }, () => ({ length: LEAF_BYTES / 2, data: true }))
    const plan = new LeafPlan({
      sizeBytes: 32 * LEAF_BYTES,
      nextWindow: windowsOf(extents, [3]),
      requestBytes: 8 * LEAF_BYTES,
      wants: () => true,
    })
    expect((await stretches(plan)).map(({ length }) => length / LEAF_BYTES)).toEqual([8, 8, 8, 8])
  })

  it('tells an error of the source to who advances', async () => {
    const nextWindow = () => Promise.reject(new Error('lost'))
    const plan = new LeafPlan({ sizeBytes: 1, nextWindow, requestBytes: LEAF_BYTES, wants: () => true })
    expect(plan.next()).toBe('more')
    await expect(plan.advance()).rejects.toThrow('lost')
  })
})

it('runs of zeros keep every byte once, in fewer pieces', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(80).keys()]), (order) => {
      const runs = new ZeroRuns()
      const sent = order.flatMap((n) => runs.add(n * 100, n * 100 + 100) ?? [])
      const all = [...sent, ...runs.drain()]
      const covered = all.flatMap(({ from, to }) => Array.from({ length: (to - from) / 100 }, (_, n) => from / 100 + n))
      expect(covered.toSorted((a, b) => a - b)).toEqual(order.toSorted((a, b) => a - b))
      expect(runs.isEmpty).toBe(true)
    }),
  )
  const runs = new ZeroRuns()
  for (let n = 0; n < 1000; n++) expect(runs.add(n * LEAF_BYTES, (n + 1) * LEAF_BYTES)).toBeNull()
  expect(runs.drain()).toEqual([{ from: 0, to: 1000 * LEAF_BYTES }])
})

it('digests are held back from the begin of a flush until its end, in order', () => {
  const told: [number, string][] = []
  const late = new LateDigests({
    add: (leaf, digest) => told.push([leaf, digest.toString('hex')]),
    addHoles: () => undefined,
  })
  const digest = Buffer.alloc(32)
  const give = (leaf: number) => {
    digest.fill(0).writeUInt32BE(leaf)
    late.add(leaf, digest)
    digest.fill(0xff)
  }
  give(1)
  late.hold()
  for (let leaf = 2; leaf < 3000; leaf++) give(leaf)
  expect(told).toHaveLength(1)
  expect(late.release()).toBe(2998)
  give(3000)
  expect(told.map(([leaf]) => leaf)).toEqual(Array.from({ length: 3000 }, (_, n) => n + 1))
  expect(told.every(([leaf, hex]) => hex === `${leaf.toString(16).padStart(8, '0')}${'0'.repeat(56)}`)).toBe(true)
  late.hold()
  for (let leaf = 0; leaf < 65_536; leaf++) {
    expect(late.isFull).toBe(false)
    give(leaf)
  }
  expect(late.isFull).toBe(true)
})
