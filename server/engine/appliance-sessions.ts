import { PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { type Problem, ProblemError, toProblem } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { buildId } from '#lib/build-id.ts'
import { NOTHING, type Prisma, type PrismaClient } from '../db/client.ts'
import { appendEvent } from '../db/events.ts'
import { applianceTokenPlace } from '../db/vault.ts'
import { type ClockReading, clockOffset } from '../domain/clock.ts'
import { type ApplianceClient, createApplianceClient } from '../drivers/appliance/driver.ts'
import { createKeyring } from '../drivers/vault/driver.ts'
import type { HubEnv } from '../env.ts'

const RETRY_MS = 500
const SEEN_EVERY_MS = 10_000

const CLOCK_EVERY_MS = 60_000
/** Less than this is the measure's own noise. */
const CLOCK_NEWS_MS = 500
/** An answer that took longer was looked up, not only carried: asked again for the clock's sake. */
const QUICK_MS = 20

/** Asks who is there; twice when the first answer was slow, because the quicker one says more of its clock. */
async function greet(client: ApplianceClient, signal: AbortSignal) {
  const readings: ClockReading[] = []
  for (;;) {
    const [sentAt, began] = [Date.now(), performance.now()]
    const hello = await client.call('hello', {}, { timeoutMs: 5000, signal })
    readings.push({ sentAt, roundTripMs: performance.now() - began, theirs: hello.now })
    if (readings.length === 2 || (readings[0]?.roundTripMs ?? 0) <= QUICK_MS) return { hello, readings }
  }
}

type Row = Pick<Prisma.ApplianceGetPayload<object>, 'id' | 'apiPort' | 'apiTokenSealed'>

interface Session {
  abort: AbortController
  done: Promise<void>
  client: ApplianceClient
}

/** One conversation with each enabled appliance: hello, then a heartbeat for as long as the tunnel carries it. */
export class ApplianceSessions implements AsyncDisposable {
  readonly #prisma: PrismaClient
  readonly #env: HubEnv
  readonly #sessions = new Map<string, Session>()
  /** Enabled ones without a session: what keeps the hub from having one. */
  readonly #unopenable = new Map<string, Problem>()
  /** When each was last heard of, on this process's steady clock; none while it is out of reach. */
  readonly #heard = new Map<string, number>()
  /** Called each time an appliance has come online. */
  onOnline: (applianceId: string) => void = () => undefined
  /** Called when one that was online fell silent or went away, with the moment it was last heard of. */
  onLost: (applianceId: string, heardAt: Date) => void = () => undefined

  constructor(prisma: PrismaClient, env: HubEnv) {
    this.#prisma = prisma
    this.#env = env
  }

  /** Starts and ends sessions so that they are those of the enabled appliances. One whose token cannot be opened says so, and stops no other. */
  async sync(): Promise<void> {
    const rows = await this.#prisma.appliance.findMany({ where: { enabled: true } })
    const wanted = new Set(rows.map((row) => row.id))
    for (const [id, session] of this.#sessions) {
      if (wanted.has(id)) continue
      session.abort.abort()
      await session.done
      this.#sessions.delete(id)
    }
    // Those that are paused meanwhile have no token to speak of.
    this.#unopenable.clear()
    for (const row of rows) {
      if (this.#sessions.has(row.id)) continue
      const client = await this.#clientOf(row).catch((error: unknown) => this.#unopened(row.id, error))
      if (!client) continue
      const abort = new AbortController()
      this.#sessions.set(row.id, { abort, client, done: this.#live(row.id, client, abort.signal) })
    }
  }

  async #clientOf({ id, apiPort, apiTokenSealed }: Row): Promise<ApplianceClient> {
    const keys = createKeyring(this.#env.paths.secrets)
    const token = (await keys.open(apiTokenSealed, applianceTokenPlace(id))).toString()
    return createApplianceClient({ host: '127.0.0.1', port: apiPort, token, buildId: buildId() })
  }

  async #unopened(id: string, cause: unknown): Promise<null> {
    const problem: Problem = {
      code: 'internal',
      happened: `The hub cannot open the token of this appliance: ${toProblem(cause).happened}`,
      safe: 'Restore points and the other appliances are untouched.',
      remedy:
        'Put vault.key back from the recovery kit and restart the hub, or revoke the appliance and add it by a new pairing code.',
    }
    this.#unopenable.set(id, problem)
    await this.#write(id, { state: 'offline', problem, connectedAt: null, roundTripMs: null })
    return null
  }

  /**
   * The client of an enabled appliance. @throws ProblemError `appliance_unreachable` when it is paused or unknown,
   * `internal` when its token cannot be opened
   */
  client(applianceId: string): ApplianceClient {
    const session = this.#sessions.get(applianceId)
    if (session) return session.client
    const unopened = this.#unopenable.get(applianceId)
    if (unopened) throw new ProblemError(unopened)
    throw new ProblemError({
      code: 'appliance_unreachable',
      happened: 'The appliance is paused, revoked, or no longer registered.',
      remedy: 'On the Appliances page let it in again, or add it by a new pairing code if it was revoked.',
    })
  }

  /** Seconds since its last heartbeat; null: it is out of reach. */
  silentSeconds(applianceId: string): number | null {
    const at = this.#heard.get(applianceId)
    return at === undefined ? null : (performance.now() - at) / 1000
  }

  async #live(id: string, client: ApplianceClient, signal: AbortSignal): Promise<void> {
    await this.#write(id, { state: 'offline', connectedAt: null }).catch(() => undefined)
    let shown = ''
    let heardAt: Date | null = null
    while (!signal.aborted) {
      try {
        const { hello, readings } = await greet(client, signal)
        await this.#write(id, {
          state: 'online',
          problem: NOTHING,
          protocol: PROTOCOL_VERSION,
          buildId: hello.buildId,
          tools: hello.tools,
          roundTripMs: Math.min(...readings.map(({ roundTripMs }) => roundTripMs)),
          clockOffsetMs: clockOffset(readings),
          appliedLimit: hello.limit ? { ...hello.limit, at: new Date().toISOString() } : NOTHING,
          connectedAt: new Date(),
          lastSeenAt: new Date(),
        })
        shown = ''
        heardAt = new Date()
        this.#heard.set(id, performance.now())
        this.onOnline(id)
        for await (const at of this.#beat(id, client, signal)) heardAt = at
      } catch (error) {
        if (signal.aborted) break
        if (heardAt) this.onLost(id, heardAt)
        heardAt = null
        this.#heard.delete(id)
        const problem = toProblem(error)
        if (problem.happened !== shown) {
          const state = problem.code === 'protocol_mismatch' ? 'mismatch' : 'offline'
          await this.#write(id, { state, problem, connectedAt: null, roundTripMs: null }).catch(() => undefined)
          shown = problem.happened
        }
      }
      await sleep(RETRY_MS, signal).catch(() => undefined)
    }
  }

  async *#beat(id: string, client: ApplianceClient, signal: AbortSignal): AsyncGenerator<Date> {
    let written = Date.now()
    let compared = written
    for await (const { at } of client.heartbeat(signal)) {
      this.#heard.set(id, performance.now())
      yield at
      if (at.getTime() - written < SEEN_EVERY_MS) continue
      written = at.getTime()
      await this.#prisma.appliance.updateMany({ where: { id }, data: { lastSeenAt: at } })
      if (written - compared < CLOCK_EVERY_MS) continue
      compared = written
      await this.#compareClocks(id, client, signal)
    }
  }

  /** A clock can be set while the tunnel stands: looked at again, and told when it went another way. */
  async #compareClocks(id: string, client: ApplianceClient, signal: AbortSignal): Promise<void> {
    const { readings } = await greet(client, signal)
    const clockOffsetMs = clockOffset(readings)
    const before = await this.#prisma.appliance.findUnique({ where: { id }, select: { clockOffsetMs: true } })
    const moved = Math.abs((clockOffsetMs ?? 0) - (before?.clockOffsetMs ?? 0))
    if (moved >= CLOCK_NEWS_MS) await this.#write(id, { clockOffsetMs })
  }

  async #write(id: string, data: Prisma.ApplianceUpdateManyMutationInput): Promise<void> {
    await this.#prisma.$transaction(async (tx) => {
      await tx.appliance.updateMany({ where: { id, enabled: true }, data })
      await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
      await appendEvent(tx, { kind: 'tunnels.changed' })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sessions = [...this.#sessions.values()]
    for (const { abort } of sessions) abort.abort()
    await Promise.all(sessions.map(({ done }) => done))
  }
}
