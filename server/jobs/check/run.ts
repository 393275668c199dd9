import type { CheckId, CheckItem, VmCheck } from '#contracts/check.ts'
import { toProblem } from '#contracts/problem.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { noteCheck } from '../../db/checks.ts'
import { failedBy, type Judged, notApplicable } from '../../domain/check/judge.ts'
import type { ApplianceClient } from '../../drivers/appliance/driver.ts'
import type { EngineContext } from '../../engine/context.ts'

/** What is checked, as the database knew it at the start. */
export interface CheckFacts {
  vm: {
    name: string
    sourceName: string
    ref: string
    disks: { key: number; sizeBytes: number; allowUnknownUntil: Date | null }[]
  } | null
  /** A backup of the machine runs now. */
  running: boolean
  repository: { id: string; name: string; path: string } | null
}

/** One check while it runs: what it knows so far, and what must be undone. */
export class CheckRun {
  readonly ctx: EngineContext
  readonly check: VmCheck
  readonly facts: CheckFacts
  readonly client: ApplianceClient
  readonly signal: AbortSignal
  readonly cleanup = new CleanupList()
  readonly #items = new Map<CheckId, CheckItem>()
  readonly #turn = new Mutex()

  constructor(ctx: EngineContext, check: VmCheck, facts: CheckFacts, signal: AbortSignal) {
    this.ctx = ctx
    this.check = check
    this.facts = facts
    this.signal = signal
    this.client = ctx.sessions.client(check.applianceId)
  }

  get items(): CheckItem[] {
    return [...this.#items.values()]
  }

  get failed(): boolean {
    return this.items.some(({ outcome }) => outcome === 'failed')
  }

  /**
   * Answers one check and tells of it. What its work throws is its failure; what cannot be told any more is not tried.
   * @returns whether it passed
   */
  async answer(id: CheckId, work: () => Judged | Promise<Judged>): Promise<boolean> {
    const began = performance.now()
    const judged = await this.#judge(work)
    await this.#keep({ id, ...judged, ms: Math.round(performance.now() - began) })
    return judged.outcome === 'passed'
  }

  async #judge(work: () => Judged | Promise<Judged>): Promise<Judged> {
    try {
      return await work()
    } catch (error) {
      this.signal.throwIfAborted()
      const problem = toProblem(error)
      if (problem.code === 'internal') this.ctx.log.error({ err: error, check: this.check.id }, 'a check failed oddly')
      return failedBy(problem, 'See the engine’s log for what failed.')
    }
  }

  /** These cannot be tried, or do not apply; those that have an answer keep it. */
  async pass(ids: readonly CheckId[], why: string): Promise<void> {
    for (const id of ids) if (!this.#items.has(id)) await this.#keep({ id, ...notApplicable(why), ms: 0 })
  }

  #keep(item: CheckItem): Promise<void> {
    return this.#turn.run(async () => {
      this.#items.set(item.id, item)
      await noteCheck(this.ctx.prisma, this.check.id, this.items)
    })
  }
}
