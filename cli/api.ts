import { randomUUID } from 'node:crypto'
import { CliError, exitFor, exits } from './exit.ts'
import type { Settings } from './settings.ts'

interface Failure {
  detail?: string
  /** Of health, which says what does not live. */
  database?: boolean
  engine?: boolean
  problem?: { happened?: string; safe?: string; remedy?: string }
}

/** Where a POST is tried again when no answer came: its key makes that safe. */
const TRIES = 3

/** The hub's REST API, as the commands use it. */
export class Api {
  readonly #settings: Settings
  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** @throws CliError `unreachable` when there is nobody, or what the hub refuses with */
  async fetch(
    method: string,
    at: string,
    init: { body?: object; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) {
    const token = await this.#settings.token()
    if (token === null)
      throw new CliError(
        exits.refused,
        'There is no token to ask with.',
        `Make one in Settings, Access, then: sendense token save   (it is kept in ${this.#settings.tokenFile}, for you alone)`,
      )
    const request = {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(init.body ? { 'content-type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...init.headers,
      },
      ...(init.body ? { body: JSON.stringify(init.body) } : {}),
      ...(init.signal ? { signal: init.signal } : {}),
    }
    const response = await this.#send(at, request, method === 'DELETE' ? 1 : TRIES)
    if (response.ok) return response
    throw await refusal(response)
  }

  async #send(at: string, request: RequestInit, tries: number): Promise<Response> {
    const { url } = this.#settings
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetch(new URL(`/api/v1${at}`, url), request)
      } catch (error) {
        request.signal?.throwIfAborted()
        if (attempt < tries) continue
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
        throw new CliError(
          exits.unreachable,
          `The hub at ${url} does not answer (${cause}).`,
          'Is it running? Is SENDENSE_URL right?',
        )
      }
    }
  }

  async ask<T>(method: string, at: string, body?: object, headers?: Record<string, string>): Promise<T> {
    const response = await this.fetch(method, at, { ...(body ? { body } : {}), ...(headers ? { headers } : {}) })
    return (response.status === 204 ? null : await response.json()) as T
  }

  get = <T>(at: string) => this.ask<T>('GET', at)

  /** All pages of a list, up to `most` lines. */
  async all<T>(at: string, most = Number.POSITIVE_INFINITY): Promise<T[]> {
    const items: T[] = []
    let cursor: string | null = null
    do {
      const next: string =
        cursor === null ? at : `${at}${at.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
      const page: { items: T[]; next_cursor?: string | null } = await this.get(next)
      items.push(...page.items)
      cursor = page.next_cursor ?? null
    } while (cursor !== null && items.length < most)
    return items.slice(0, most)
  }
}

async function refusal(response: Response): Promise<CliError> {
  const body = (await response.json().catch(() => ({}))) as Failure
  const { happened, safe, remedy } = body.problem ?? {}
  if (body.engine === false) {
    const what = body.database === false ? 'Its database does not answer.' : 'Its engine does not run.'
    return new CliError(
      exitFor(response.status),
      `The hub cannot work now. ${what}`,
      'Look at its logs, or: systemctl status on the hub.',
    )
  }
  const message = happened ?? body.detail ?? `The hub answered ${response.status}, and not as a hub of Sendense does.`
  return new CliError(exitFor(response.status), [message, safe].filter(Boolean).join(' '), remedy)
}
