import { sleep } from '#lib/async/wait.ts'
import { noteLimit, wantedLimit } from '../db/appliances.ts'
import type { EngineContext } from './context.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000
const ANSWER_MS = 5000

/**
 * Tells appliances their rate limit: when it is set, and each time one has come online. An appliance that does not take it
 * is asked again for as long as it is within reach; one that is away is told when it is back.
 */
export class Limits implements AsyncDisposable {
  readonly #ctx: Pick<EngineContext, 'prisma' | 'sessions' | 'log'>
  /** One teller for each appliance; `again`: the setting may have changed since it read it. */
  readonly #tellers = new Map<string, { again: boolean; done: Promise<void> }>()
  readonly #stop = new AbortController()

  constructor(ctx: Pick<EngineContext, 'prisma' | 'sessions' | 'log'>) {
    this.#ctx = ctx
  }

  /** Tells one, soon. */
  tell(applianceId: string): void {
    const teller = this.#tellers.get(applianceId)
    if (teller) teller.again = true
    else if (!this.#stop.signal.aborted) {
      const mine = { again: true, done: Promise.resolve() }
      this.#tellers.set(applianceId, mine)
      mine.done = this.#keepTelling(applianceId, mine)
    }
  }

  /** Tells all that are within reach: a change may have been missed. */
  async tellAll(): Promise<void> {
    const online = await this.#ctx.prisma.appliance
      .findMany({ where: { state: 'online' }, select: { id: true } })
      .catch((err: unknown) => this.#ctx.log.warn({ err }, 'rate limits'))
    for (const { id } of online ?? []) this.tell(id)
  }

  async #keepTelling(id: string, teller: { again: boolean }): Promise<void> {
    const { sessions, log } = this.#ctx
    let pause = FIRST_PAUSE_MS
    while (teller.again && !this.#stop.signal.aborted) {
      teller.again = false
      try {
        await this.#tellOnce(id)
        pause = FIRST_PAUSE_MS
      } catch (err) {
        // Who is away is told when it comes online.
        if (this.#stop.signal.aborted || sessions.silentSeconds(id) === null) break
        if (pause === FIRST_PAUSE_MS) log.warn({ err, applianceId: id }, 'the appliance does not take its rate limit')
        await sleep(pause, this.#stop.signal).catch(() => undefined)
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
        teller.again = true
      }
    }
    this.#tellers.delete(id)
  }

  async #tellOnce(id: string): Promise<void> {
    const { prisma, sessions } = this.#ctx
    const wanted = await wantedLimit(prisma, id)
    if (wanted === undefined) return
    const call = { timeoutMs: ANSWER_MS, signal: this.#stop.signal }
    await noteLimit(prisma, id, await sessions.client(id).call('limit.set', wanted, call))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#tellers.values()].map(({ done }) => done))
  }
}
