import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { testDirectory } from '../../testing/directory.ts'
import { jobLimiter } from './job-limiter.ts'
import { RateLimit } from './rate-limit.ts'

const MIB = 1024 * 1024

/** A process of its own that sends as fast as it may, and says what it has sent. */
function sending(file: string) {
  const child = fork(path.join(import.meta.dirname, 'testing/sender.ts'), [file], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  let told = { bytes: 0, share: null as number | null, at: 0 }
  child.on('message', (message) => {
    told = { ...(message as { bytes: number; share: number | null }), at: performance.now() }
  })
  return {
    get told() {
      return told
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await gone
    },
  }
}

const until = (condition: () => boolean, deadlineMs = 5000) => waitFor(condition, { deadlineMs })

it('two processes share the limit of one file, and a change holds within 2 s', async () => {
  await using directory = await testDirectory('limit')
  const file = path.join(directory.path, 'limit.json')
  const limit = new RateLimit(file)
  await limit.load()
  await limit.set({ bytesPerSecond: 40 * MIB })
  await limit.enter('a')
  await limit.enter('b')
  await using a = sending(file)
  await using b = sending(file)
  expect(await until(() => a.told.share === 20 * MIB && b.told.share === 20 * MIB, 20_000)).toBe(true)

  const begin = [a.told, b.told]
  await until(() => a.told.at > (begin[0]?.at ?? 0) + 2000 && b.told.at > (begin[1]?.at ?? 0) + 2000)
  for (const [index, { told }] of [a, b].entries()) {
    const { bytes, at } = begin[index] ?? told
    const rate = (told.bytes - bytes) / ((told.at - at) / 1000) / MIB
    expect(rate).toBeLessThan(20 * 1.35)
    expect(rate).toBeGreaterThan(20 * 0.5)
  }

  const asked = performance.now()
  await limit.set({ bytesPerSecond: 4 * MIB })
  expect(await until(() => a.told.share === 2 * MIB && b.told.share === 2 * MIB)).toBe(true)
  expect(performance.now() - asked).toBeLessThan(2000)
  const slow = a.told
  await until(() => a.told.at > slow.at + 1500)
  const seconds = (a.told.at - slow.at) / 1000
  expect(a.told.bytes - slow.bytes).toBeLessThanOrEqual(2 * MIB * (seconds + 0.3) + MIB)

  // One of them has ended: the other gets all of it.
  await limit.leave('b')
  expect(await until(() => a.told.share === 4 * MIB, 2000)).toBe(true)
  await limit.set({ bytesPerSecond: null })
  expect(await until(() => a.told.share === null, 2000)).toBe(true)
}, 60_000)

it('a limit that cannot be read any more stays in force, and none is guessed at the start', async () => {
  await using directory = await testDirectory('limit')
  const file = path.join(directory.path, 'limit.json')
  const limit = new RateLimit(file)
  await limit.load()
  expect(limit.terms).toEqual({ bytesPerSecond: null })
  await limit.set({ bytesPerSecond: 7 * MIB })
  const end = new AbortController()
  {
    using limiter = jobLimiter(file, end.signal)
    using witness = jobLimiter(file, end.signal)
    expect(limiter.bytesPerSecond).toBe(7 * MIB)
    for (const damage of ['', '{', '{"bytesPerSecond":0,"jobs":1}', '{"jobs":1}', `"${'x'.repeat(10_000)}"`]) {
      await writeFile(file, damage)
      expect(() => jobLimiter(file, end.signal)).toThrow('rate limit')
    }
    await rm(file)
    await limit.set({ bytesPerSecond: 3 * MIB })
    expect(await until(() => witness.bytesPerSecond === 3 * MIB, 2500)).toBe(true)
    expect(await until(() => limiter.bytesPerSecond === 3 * MIB, 2500)).toBe(true)
    await writeFile(file, 'no')
    // Longer than a look takes.
    expect(await until(() => limiter.bytesPerSecond !== 3 * MIB, 1600)).toBeNull()
  }
  const next = new RateLimit(file)
  await next.load()
  expect(next.terms).toBeNull()
  await expect(next.enter('a')).rejects.toMatchObject({ problem: { code: 'unavailable' } })
  expect(await readFile(file, 'utf8')).toBe('no')
  await next.set({ bytesPerSecond: 5 })
  await next.enter('a')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ bytesPerSecond: 5, jobs: 1 })
  const again = new RateLimit(file)
  await again.load()
  expect(again.terms).toEqual({ bytesPerSecond: 5 })
})

it('who waits is refused when the transfer is ended', async () => {
  await using directory = await testDirectory('limit')
  const file = path.join(directory.path, 'limit.json')
  await writeFile(file, '{"bytesPerSecond":1,"jobs":1}')
  const end = new AbortController()
  using limiter = jobLimiter(file, end.signal)
  expect(limiter.take(MIB)).toBeNull()
  const turn = limiter.take(MIB)
  end.abort(new Error('ended on request'))
  await expect(turn).rejects.toThrow('ended on request')
})
