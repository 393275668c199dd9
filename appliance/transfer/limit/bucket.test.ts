import fc from 'fast-check'
import { expect, it } from 'vitest'
import { burstOf, TokenBucket } from './bucket.ts'
import { heldLimiter } from './held.ts'
import { FakeClock } from './testing/fake-clock.ts'

const MIB = 1024 * 1024

/** Asks, and remembers when the bytes went. */
function sender(bucket: TokenBucket, clock: FakeClock) {
  const sent: { at: number; bytes: number; order: number }[] = []
  let asked = 0
  return {
    sent,
    ask(bytes: number, signal?: AbortSignal): void {
      const order = asked++
      const note = () => void sent.push({ at: clock.now(), bytes, order })
      const turn = bucket.take(bytes, signal)
      if (turn === null) note()
      else turn.then(note, () => undefined)
    },
    get bytes() {
      return sent.reduce((sum, { bytes }) => sum + bytes, 0)
    },
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), bytes: fc.integer({ min: 1, max: MIB }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5000 }) }),
)

it('lets through at most rate × time and one burst, over every stretch, in the order of asking', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 * MIB }),
      fc.array(step, { minLength: 1, maxLength: 40 }),
      async (rate, steps) => {
        const clock = new FakeClock()
        const send = sender(new TokenBucket(rate, clock), clock)
        for (const each of steps) {
          if (each.kind === 'ask') send.ask(each.bytes)
          else await clock.advance(each.ms)
        }
        const { sent } = send
        expect(sent.map(({ order }) => order)).toEqual(sent.map((_, index) => index))
        for (let from = 0; from < sent.length; from++) {
          let sum = 0
          for (const { at, bytes } of sent.slice(from)) {
            sum += bytes
            const seconds = (at - (sent[from]?.at ?? 0)) / 1000
            // A byte for what doubles round.
            expect(sum).toBeLessThanOrEqual(rate * seconds + Math.max(MIB, rate / 4) + 1)
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('starves nobody: all that was asked has gone after bytes / rate, also what is larger than the burst', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1000, max: 100 * MIB }),
      fc.array(fc.integer({ min: 1, max: 64 * MIB }), { minLength: 1, maxLength: 30 }),
      async (rate, sizes) => {
        const clock = new FakeClock()
        const bucket = new TokenBucket(rate, clock)
        const send = sender(bucket, clock)
        for (const bytes of sizes) send.ask(bytes)
        const all = sizes.reduce((sum, bytes) => sum + bytes, 0)
        // An alarm may be a millisecond late, each time.
        await clock.advance((all / rate) * 1000 + 2 * sizes.length)
        expect([send.sent.length, bucket.waiting]).toEqual([sizes.length, 0])
      },
    ),
    { numRuns: 60 },
  )
})

it('uses its rate: what asks all the time gets it', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(50 * MIB, clock)
  const send = sender(bucket, clock)
  for (let second = 0; second < 20; second++) {
    while (bucket.waiting < 200) send.ask(256 * 1024)
    await clock.advance(1000)
  }
  expect(send.bytes / MIB).toBeGreaterThan(20 * 50 * 0.99)
  expect(send.bytes).toBeLessThanOrEqual(20 * 50 * MIB + burstOf(50 * MIB))
})

it('a change holds at once: who waits goes at the new rate, and nothing saved up without a limit is spent', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(1, clock)
  const send = sender(bucket, clock)
  send.ask(MIB)
  send.ask(MIB)
  await clock.advance(60_000)
  expect(send.sent.length).toBe(1)
  bucket.set(MIB)
  await clock.advance(1100)
  expect(send.sent.length).toBe(2)
  send.ask(MIB)
  expect(send.sent.length).toBe(2)
  bucket.set(null)
  await clock.advance(0)
  expect(send.sent.length).toBe(3)
  expect(bucket.take(1000 * MIB)).toBeNull()
  await clock.advance(3_600_000)
  bucket.set(MIB)
  const before = send.bytes
  for (let each = 0; each < 8; each++) send.ask(MIB)
  await clock.advance(900)
  expect(send.bytes - before).toBe(0)
  await clock.advance(2200)
  expect(send.bytes - before).toBe(3 * MIB)
})

it('bounded after each change, whatever the rates', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.option(fc.integer({ min: 1, max: 100 * MIB })), fc.integer({ min: 1, max: 3000 })), {
        minLength: 1,
        maxLength: 12,
      }),
      async (changes) => {
        const clock = new FakeClock()
        const bucket = new TokenBucket(MIB, clock)
        const send = sender(bucket, clock)
        for (const [rate, ms] of changes) {
          bucket.set(rate)
          for (let each = 0; each < 20; each++) send.ask(MIB)
          const before = send.bytes
          await clock.advance(ms)
          if (rate !== null) expect(send.bytes - before).toBeLessThanOrEqual(rate * (ms / 1000) + burstOf(rate) + 1)
          else expect(bucket.waiting).toBe(0)
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('who gives up leaves the queue, and the next one moves up', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(MIB, clock)
  const send = sender(bucket, clock)
  send.ask(MIB)
  const abort = new AbortController()
  const turn = bucket.take(MIB, abort.signal)
  send.ask(1024)
  abort.abort(new Error('cancelled'))
  await expect(turn).rejects.toThrow('cancelled')
  await clock.advance(10)
  expect(send.sent.map(({ bytes }) => bytes)).toEqual([MIB, 1024])
  const last = bucket.take(MIB)
  bucket.close(new Error('over'))
  await expect(last).rejects.toThrow('over')
  expect(() => bucket.take(1)).toThrow('over')
})

it('refuses what is no rate and no size', () => {
  for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => new TokenBucket(rate)).toThrow(RangeError)
  for (const bytes of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => new TokenBucket(1).take(bytes)).toThrow(RangeError)
})

it('a disk is held by the limit when it waits for it half of the time', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(MIB, clock)
  const disk = heldLimiter(bucket, clock)
  const other = heldLimiter(bucket, clock)
  expect(disk.held()).toBeNull()
  expect(disk.take(MIB)).toBeNull()
  await clock.advance(1000)
  expect([disk.held(), other.held()]).toEqual([false, false])
  void disk.take(MIB)
  void disk.take(MIB)
  await clock.advance(1001)
  expect([disk.held(), other.held()]).toEqual([true, false])
  await clock.advance(1000)
  expect(disk.held()).toBe(false)
})
