import type { Page, Route } from '@playwright/test'

/** What the network does to the answers that a page asks for; its event stream stays as it is. */
export interface Answers {
  /** Answers are held back until `pass`. */
  hold(): void
  /** The hub answers 500, as when it has a fault. */
  fail(): void
  /** No answer at all: the connection is refused. */
  refuse(): void
  /** Answers of these procedures are errors, in the hub's own shape; others pass. */
  failOnly(procedure: RegExp): void
  /** Lists come empty, as on a new hub. */
  empty(): void
  /** Answers of these procedures hold something else than the hub said. */
  change(procedure: RegExp, to: (said: unknown) => unknown): void
  pass(): void
  /** Procedures asked for since. */
  asked: string[]
}

const fault = { code: 'internal', happened: 'Something went wrong inside the hub.', remedy: 'Try again.' }

/** A tRPC error as the hub writes it (superjson). */
const failed = (path: string) => ({
  error: {
    json: {
      message: fault.happened,
      code: -32_603,
      data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500, path, problem: fault },
    },
  },
})

interface Entry {
  result?: { data: { json: unknown } }
}

function emptied(entry: Entry): Entry {
  const json = entry.result?.data.json
  if (Array.isArray(json)) return { result: { data: { json: [] } } }
  if (json && typeof json === 'object' && 'items' in json && Array.isArray(json.items))
    return { result: { data: { json: { ...json, items: [] } } } }
  return entry
}

/** Changes each answer of a batch by the procedure it is for. */
async function rewrite(route: Route, procedures: string[], change: (entry: Entry, procedure: string) => unknown) {
  const response = await route.fetch()
  const entries = (await response.json()) as Entry[]
  await route.fulfill({ response, json: entries.map((entry, index) => change(entry, procedures[index] ?? '')) })
}

type Way = (route: Route, procedures: string[]) => Promise<unknown>

/** Takes the page's questions to the hub into the test's hand; they pass until it says otherwise. */
export async function answersOf(page: Page): Promise<Answers> {
  const pass: Way = (route) => route.continue()
  let way = pass
  let held: (() => void)[] = []
  const asked: string[] = []
  await page.route(/\/api\/trpc\/(?!events\.subscribe)/, async (route) => {
    const procedures = decodeURIComponent(new URL(route.request().url()).pathname.split('/').at(-1) ?? '').split(',')
    asked.push(...procedures)
    await way(route, procedures)
  })
  return {
    asked,
    hold: () => {
      way = async (route) => {
        await new Promise<void>((resolve) => held.push(resolve))
        await route.continue()
      }
    },
    fail: () => {
      way = (route) => route.fulfill({ status: 500, contentType: 'text/plain', body: 'Internal Server Error' })
    },
    refuse: () => {
      way = (route) => route.abort('connectionrefused')
    },
    failOnly: (procedure) => {
      way = (route, procedures) =>
        rewrite(route, procedures, (entry, name) => (procedure.test(name) ? failed(name) : entry))
    },
    empty: () => {
      way = (route, procedures) => rewrite(route, procedures, emptied)
    },
    change: (procedure, to) => {
      way = (route, procedures) =>
        rewrite(route, procedures, (entry, name) =>
          procedure.test(name) ? { result: { data: { json: to(entry.result?.data.json) } } } : entry,
        )
    },
    pass: () => {
      way = pass
      for (const go of held) go()
      held = []
    },
  }
}

/** True for what a server hands to the browser's query cache. */
const isCache = (value: unknown): value is { mutations: unknown[]; queries: unknown[] } =>
  typeof value === 'object' && value !== null && 'mutations' in value && 'queries' in value

function withoutQueries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutQueries)
  if (isCache(value)) return { ...value, queries: [] }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutQueries(each)]))
}

/**
 * From now on, pages that the browser goes to inside the hub come without what the server read for them, as when its
 * reading failed: the browser must ask by itself. @returns how many pages came so
 */
export async function withoutPrefetch(page: Page): Promise<() => number> {
  let pages = 0
  await page.route(
    (url) => url.searchParams.has('_rsc'),
    async (route) => {
      const response = await route.fetch()
      const rows = (await response.text()).split('\n').map((row) => {
        const [, id, json] = /^([0-9a-f]+):([[{].*)$/s.exec(row) ?? []
        if (json === undefined || !json.includes('"queries":[')) return row
        pages += 1
        return `${id}:${JSON.stringify(withoutQueries(JSON.parse(json)))}`
      })
      await route.fulfill({ response, body: rows.join('\n') })
    },
  )
  return () => pages
}
