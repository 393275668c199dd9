import { defaultCatalogueSettings, type LookResult } from '#contracts/catalogue.ts'
import type { Problem } from '#contracts/problem.ts'
import { shared } from '#lib/async/shared.ts'
import { sleep } from '#lib/async/wait.ts'
import { readCatalogueSettings } from '../db/catalogue-settings.ts'
import { appendEvent } from '../db/events.ts'
import { keepFound } from '../db/repositories.ts'
import { countStandings, currentLimits, noCounts } from '../db/standing.ts'
import { type Looked, lookAtRepository } from '../jobs/catalogue/look.ts'
import { Looker } from '../jobs/catalogue/looker.ts'
import type { EngineContext } from './context.ts'
import { probeRepository } from './repositories.ts'

/** Repositories that are looked at side by side: one that hangs does not keep the others. */
const AT_ONCE = 4
/** How soon a changed setting is seen. */
const TICK_MS = 5000
/** Somebody who asked for a look waits so long; then it goes on without them. */
const ANSWER_MS = 45_000
/** What somebody waits for is the files; maps that are due get a little of that time. */
const NOW_MAP_BUDGET_MS = 10_000

interface Repository {
  id: string
  name: string
  path: string
  problem: unknown
}

type Done = Looked & { seconds: number }

/** Holds the catalogue against the disk: by itself, every few minutes, and when somebody asks. */
export class Catalogue implements AsyncDisposable {
  readonly #ctx: Pick<EngineContext, 'prisma' | 'log'>
  readonly #stop = new AbortController()
  readonly #every: () => Promise<{ lookEverySeconds: number }>
  /** Of each repository: the look that runs. */
  readonly #running = new Map<string, Promise<Done>>()
  /** Of each repository: the look that begins after it, for everybody who asked meanwhile. */
  readonly #next = new Map<string, Promise<Done>>()
  /** Processes that were told to end and hang in the kernel. */
  readonly #hanging = new Map<string, Looker>()
  /** Of each repository: how its points stood when that was told last. */
  readonly #told = new Map<string, string>()
  #loop: Promise<void> = Promise.resolve()

  constructor(ctx: Pick<EngineContext, 'prisma' | 'log'>) {
    this.#ctx = ctx
    this.#every = shared(() => readCatalogueSettings(ctx.prisma), TICK_MS - 500)
  }

  /** Looks at everything now, and again and again from then on. */
  start(): void {
    this.#loop = this.#run()
  }

  /** From the beginning of one round to that of the next; a round that takes longer is followed at once. */
  async #run(): Promise<void> {
    const { log } = this.#ctx
    let began: number | null = null
    while (!this.#stop.signal.aborted) {
      const { lookEverySeconds } = await this.#every().catch(() => defaultCatalogueSettings)
      if (began !== null && performance.now() - began < lookEverySeconds * 1000) {
        await sleep(TICK_MS, this.#stop.signal).catch(() => undefined)
        continue
      }
      began = performance.now()
      await this.lookAtAll(lookEverySeconds).catch((err: unknown) => {
        if (!this.#stop.signal.aborted) log.warn({ err }, 'the catalogue could not be held against the disk')
      })
    }
  }

  /** One round over all repositories. The maps share half of the time until the next one. */
  async lookAtAll(everySeconds = defaultCatalogueSettings.lookEverySeconds): Promise<void> {
    const { prisma, log } = this.#ctx
    const repositories = await prisma.repository.findMany({ orderBy: { name: 'asc' } })
    const mapBudgetMs = (everySeconds * 500) / Math.ceil(repositories.length / AT_ONCE)
    const waiting = repositories.values()
    const work = async () => {
      for (const repository of waiting) {
        if (this.#stop.signal.aborted) return
        await this.#look(repository, mapBudgetMs).catch((err: unknown) => {
          if (!this.#stop.signal.aborted)
            log.warn({ err, repository: repository.name }, 'looking at a repository failed')
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  /**
   * Looks at one repository after whatever look runs: the answer is of evidence that is younger than the question.
   * @throws Prisma's error when there is no such repository
   */
  async lookNow(repositoryId: string): Promise<LookResult> {
    const { prisma } = this.#ctx
    const repository = await prisma.repository.findUniqueOrThrow({ where: { id: repositoryId } })
    const looking = this.#after(repository)
    const stop = new AbortController()
    const late = sleep(ANSWER_MS, stop.signal).then(() => null)
    const done = await Promise.race([looking, late]).finally(() => {
      late.catch(() => undefined)
      stop.abort()
    })
    const points = (await countStandings(prisma, await currentLimits(prisma))).get(repositoryId) ?? noCounts
    if (done === null)
      return { finished: false, looked: 0, notLooked: 0, changed: 0, points, seconds: ANSWER_MS / 1000, problem: null }
    const { looked, notLooked, changed, seconds, problem } = done
    return { finished: true, looked, notLooked, changed, points, seconds, problem }
  }

  #after(repository: Repository): Promise<Done> {
    const { id } = repository
    const running = this.#running.get(id)
    if (!running) return this.#look(repository)
    const waits = this.#next.get(id)
    if (waits) return waits
    const next = running
      .catch(() => undefined)
      .then(() => {
        this.#next.delete(id)
        return this.#look(repository)
      })
    next.catch(() => undefined)
    this.#next.set(id, next)
    return next
  }

  /** Joins the look that runs. */
  #look(repository: Repository, mapBudgetMs = NOW_MAP_BUDGET_MS): Promise<Done> {
    const { id } = repository
    const running = this.#running.get(id)
    if (running) return running
    const mine = this.#lookAt(repository, mapBudgetMs).finally(() => this.#running.delete(id))
    mine.catch(() => undefined)
    this.#running.set(id, mine)
    return mine
  }

  async #lookAt(repository: Repository, mapBudgetMs: number): Promise<Done> {
    const { log } = this.#ctx
    const { signal } = this.#stop
    const began = performance.now()
    const found = await this.#ask(repository, mapBudgetMs)
    const seconds = (performance.now() - began) / 1000
    signal.throwIfAborted()
    await this.#keep(repository, found.problem)
    await this.#tell(repository.id, found.changed > 0)
    const { problem, ...counts } = found
    const words = { repository: repository.name, ...counts, seconds: Math.round(seconds * 10) / 10 }
    if (problem) log.warn({ ...words, problem: problem.happened }, 'a repository could not be looked at')
    else log[found.changed > 0 ? 'warn' : 'debug'](words, 'the catalogue was held against the disk')
    return { ...found, seconds }
  }

  async #ask(repository: Repository, mapBudgetMs: number): Promise<Looked> {
    const { id } = repository
    const nothing = { looked: 0, notLooked: 0, changed: 0, mapsLooked: 0 }
    if (this.#hanging.get(id)?.alive)
      return {
        ...nothing,
        problem: {
          code: 'repository_missing',
          happened: `The file system of ${repository.path} does not answer: an earlier look at it still hangs.`,
          safe: 'What is known of its restore points stays as it was, and gets old.',
          remedy: 'Look at the disk or the network share (kernel log).',
        },
      }
    this.#hanging.delete(id)
    const looker = new Looker()
    const abort = () => void looker[Symbol.asyncDispose]()
    this.#stop.signal.addEventListener('abort', abort, { once: true })
    try {
      const { signal } = this.#stop
      return await lookAtRepository({ prisma: this.#ctx.prisma, repository, looker, signal, mapBudgetMs })
    } finally {
      this.#stop.signal.removeEventListener('abort', abort)
      await looker[Symbol.asyncDispose]()
      if (looker.alive) this.#hanging.set(id, looker)
    }
  }

  /** Says on the repository's row that it cannot be used, or asks again whether it can when it said so. */
  async #keep({ id, problem: kept }: Repository, problem: Problem | null): Promise<void> {
    const { prisma } = this.#ctx
    if (problem && problem.happened !== (kept as Problem | null)?.happened)
      await keepFound(prisma, id, { problem, space: null })
    if (!problem && kept !== null) await probeRepository(this.#ctx, id)
  }

  /** Pages that are open learn when points stand otherwise, also when that is because nobody could look. */
  async #tell(repositoryId: string, changed: boolean): Promise<void> {
    const { prisma } = this.#ctx
    const points = (await countStandings(prisma, await currentLimits(prisma))).get(repositoryId) ?? noCounts
    const sign = JSON.stringify(points)
    const before = this.#told.get(repositoryId)
    this.#told.set(repositoryId, sign)
    if (changed || sign === before || (before === undefined && sign === JSON.stringify(noCounts))) return
    const count = Object.values(points).reduce((sum, each) => sum + each, 0)
    const rest = count - points.ok
    const message = `Of ${count} restore points of this repository ${points.ok} are ok${rest > 0 ? `, ${rest} are not` : ''}.`
    await appendEvent(prisma, { kind: 'backup.changed', repositoryId, vmId: null, backupId: null, count, message })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await Promise.allSettled([...this.#running.values(), ...this.#next.values()])
  }
}
