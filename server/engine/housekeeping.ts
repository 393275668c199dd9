import type { CleaningChoice, CleaningOutcome, CleaningResult, HousekeepingView } from '#contracts/housekeeping.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { sleep } from '#lib/async/wait.ts'
import { appendEvent } from '../db/events.ts'
import { closeLeftOvers } from '../db/housekeeping.ts'
import { decide } from '../domain/housekeeping/decide.ts'
import { cleanFinding } from '../jobs/housekeeping/clean.ts'
import { type Look, look } from '../jobs/housekeeping/look.ts'
import type { EngineContext } from './context.ts'

/** What is made outside of a job stands complete after this time. */
const SETTLE_MS = 60_000

/** What changes on the page: another list, or another reason. */
const signOf = (view: HousekeepingView) =>
  JSON.stringify(view.orphans.map(({ id, reason, waitsFor }) => [id, reason, waitsFor]))

/** Looks for what is left over and cleans it: when asked, at the engine's start, and by itself every few minutes. */
export class Housekeeping implements AsyncDisposable {
  readonly #ctx: EngineContext
  readonly #busyJobs: () => Iterable<string>
  readonly #mutex = new Mutex()
  readonly #stop = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #cleanedAt: Date | null = null
  #nextRunAt: Date | null = null
  #shown = ''

  /** @param busyJobs  jobs that are worked on now, also when they have ended already */
  constructor(ctx: EngineContext, busyJobs: () => Iterable<string>) {
    this.#ctx = ctx
    this.#busyJobs = busyJobs
  }

  /** Looks; changes nothing. */
  async survey(): Promise<HousekeepingView> {
    return this.#view(await this.#look(SETTLE_MS))
  }

  /** Looks, and cleans what is chosen and still left over. One at a time. */
  clean(choice: CleaningChoice = {}, settleMs = SETTLE_MS): Promise<CleaningResult> {
    return this.#mutex.run(async () => {
      const facts = await this.#look(settleMs)
      const { findings } = decide(facts)
      const chosen = findings.filter(
        ({ orphan }) =>
          (choice.ids === undefined || choice.ids.includes(orphan.id)) &&
          (choice.jobId === undefined || choice.jobId === orphan.jobId) &&
          (orphan.keptUntil === null || choice.ids?.includes(orphan.id) === true || choice.jobId === orphan.jobId),
      )
      const outcomes: CleaningOutcome[] = []
      const nextTryAt = new Date(Date.now() + this.#ctx.env.housekeepingMs)
      for (const found of chosen) outcomes.push(await cleanFinding(this.#ctx, facts, found, nextTryAt))
      const view = this.#view(chosen.length > 0 ? await this.#look(settleMs) : facts)
      await closeLeftOvers(
        this.#ctx.prisma,
        view.orphans.map(({ id }) => id),
      )
      await this.#tell(view, outcomes)
      return { outcomes, view }
    })
  }

  /** Cleans everything by itself from now on; the next time after the last has ended. */
  start(): void {
    this.#loop = this.#run()
  }

  async #run(): Promise<void> {
    const { env, log } = this.#ctx
    while (!this.#stop.signal.aborted) {
      this.#nextRunAt = new Date(Date.now() + env.housekeepingMs)
      await sleep(env.housekeepingMs, this.#stop.signal).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      await this.cleanAll().catch((err: unknown) => log.warn({ err }, 'housekeeping could not look'))
    }
  }

  /** What runs by itself. At the engine's start nothing is in the making: everything that is not a running job's counts. */
  async cleanAll(settleMs = SETTLE_MS): Promise<void> {
    const { outcomes } = await this.clean({}, settleMs)
    this.#cleanedAt = new Date()
    for (const { outcome, kind, identity, detail } of outcomes)
      this.#ctx.log[outcome === 'failed' ? 'warn' : 'info']({ kind, identity, outcome }, `housekeeping: ${detail}`)
  }

  #look(settleMs: number): Promise<Look> {
    const { env, prisma, sshd } = this.#ctx
    return look({ env, prisma, settleMs, sessions: () => sshd.sessions(), busyJobs: this.#busyJobs })
  }

  #view(facts: Look): HousekeepingView {
    const { findings, foreign } = decide(facts)
    return {
      lookedAt: facts.now.toISOString(),
      cleanedAt: this.#cleanedAt?.toISOString() ?? null,
      nextRunAt: this.#nextRunAt?.toISOString() ?? null,
      everySeconds: this.#ctx.env.housekeepingMs / 1000,
      orphans: findings.map(({ orphan }) => orphan),
      foreign,
      notSeen: facts.notSeen,
    }
  }

  async #tell(view: HousekeepingView, outcomes: readonly CleaningOutcome[]): Promise<void> {
    const sign = signOf(view)
    if (sign === this.#shown && !outcomes.some(({ outcome }) => outcome === 'cleaned')) return
    this.#shown = sign
    await appendEvent(this.#ctx.prisma, { kind: 'housekeeping.changed' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await this.#mutex.run(async () => undefined)
  }
}
