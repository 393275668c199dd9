import { sleep } from '#lib/async/wait.ts'
import type { PrismaClient } from '../db/client.ts'
import { engineRuns } from '../db/engine-lock.ts'
import { appendEvent } from '../db/events.ts'

const EVERY_MS = 3000

/**
 * Tells all tabs that the engine is gone, for who has died says nothing any more, and that it is there again: one that had
 * lost its lock begins nothing anew. Gone is what is gone at two looks in a row: the launcher starts another within a second.
 * Several web processes may each tell it, which does no harm.
 */
export class EngineWatch implements AsyncDisposable {
  readonly #prisma: PrismaClient
  readonly #everyMs: number
  readonly #stop = new AbortController()
  readonly #looking: Promise<void>

  /** @param everyMs  milliseconds between two looks */
  constructor(prisma: PrismaClient, everyMs = EVERY_MS) {
    this.#prisma = prisma
    this.#everyMs = everyMs
    this.#looking = this.#look()
  }

  async #look(): Promise<void> {
    let misses = 0
    let told = true
    while (await this.#pause()) {
      // A database that is away says nothing of the engine, and nobody would be told.
      const running = await engineRuns(this.#prisma).catch(() => null)
      if (running === null) continue
      misses = running ? 0 : misses + 1
      if (running === told || misses === 1) continue
      const said = appendEvent(this.#prisma, { kind: 'engine.changed', running })
      await said.then(
        () => (told = running),
        () => undefined,
      )
    }
  }

  /** False when it is over. */
  async #pause(): Promise<boolean> {
    await sleep(this.#everyMs, this.#stop.signal).catch(() => undefined)
    return !this.#stop.signal.aborted
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#looking
  }
}
