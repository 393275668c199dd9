import path from 'node:path'
import { PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { buildId } from '#lib/build-id.ts'
import { NOTHING, type Prisma, type PrismaClient } from '../db/client.ts'
import { appendEvent } from '../db/events.ts'
import { type ApplianceClient, createApplianceClient } from '../drivers/appliance/driver.ts'
import { open, readOrCreateKey } from '../drivers/vault/driver.ts'
import type { HubEnv } from '../env.ts'

const RETRY_MS = 500
const SEEN_EVERY_MS = 10_000

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
  /** Called each time an appliance has come online. */
  onOnline: (applianceId: string) => void = () => undefined
  /** Called when one that was online fell silent or went away, with the moment it was last heard of. */
  onLost: (applianceId: string, heardAt: Date) => void = () => undefined

  constructor(prisma: PrismaClient, env: HubEnv) {
    this.#prisma = prisma
    this.#env = env
  }

  /** Starts and ends sessions so that they are those of the enabled appliances. */
  async sync(): Promise<void> {
    const rows = await this.#prisma.appliance.findMany({ where: { enabled: true } })
    const wanted = new Set(rows.map((row) => row.id))
    for (const [id, session] of this.#sessions) {
      if (wanted.has(id)) continue
      session.abort.abort()
      await session.done
      this.#sessions.delete(id)
    }
    for (const row of rows) {
      if (this.#sessions.has(row.id)) continue
      const key = await readOrCreateKey(path.join(this.#env.paths.secrets, 'vault.key'))
      const token = open(row.apiTokenSealed, `appliance:${row.id}`, key).toString()
      const client = createApplianceClient({ host: '127.0.0.1', port: row.apiPort, token, buildId: buildId() })
      const abort = new AbortController()
      this.#sessions.set(row.id, { abort, client, done: this.#live(row.id, client, abort.signal) })
    }
  }

  /** The client of an enabled appliance. @throws ProblemError `appliance_unreachable` when it is paused or unknown */
  client(applianceId: string): ApplianceClient {
    const session = this.#sessions.get(applianceId)
    if (session) return session.client
    throw new ProblemError({
      code: 'appliance_unreachable',
      happened: 'The appliance is paused or no longer registered.',
      remedy: 'Start it again on the Appliances page.',
    })
  }

  async #live(id: string, client: ApplianceClient, signal: AbortSignal): Promise<void> {
    await this.#write(id, { state: 'offline', connectedAt: null }).catch(() => undefined)
    let shown = ''
    let heardAt: Date | null = null
    while (!signal.aborted) {
      try {
        const began = performance.now()
        const hello = await client.call('hello', {}, { timeoutMs: 5000, signal })
        await this.#write(id, {
          state: 'online',
          problem: NOTHING,
          protocol: PROTOCOL_VERSION,
          buildId: hello.buildId,
          tools: hello.tools,
          roundTripMs: performance.now() - began,
          connectedAt: new Date(),
          lastSeenAt: new Date(),
        })
        shown = ''
        heardAt = new Date()
        this.onOnline(id)
        for await (const at of this.#beat(id, client, signal)) heardAt = at
      } catch (error) {
        if (signal.aborted) break
        if (heardAt) this.onLost(id, heardAt)
        heardAt = null
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
    for await (const { at } of client.heartbeat(signal)) {
      yield at
      if (at.getTime() - written < SEEN_EVERY_MS) continue
      written = at.getTime()
      await this.#prisma.appliance.updateMany({ where: { id }, data: { lastSeenAt: at } })
    }
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
