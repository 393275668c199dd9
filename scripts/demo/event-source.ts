/** One server-sent event (HTML standard, "event stream interpretation"). */
export interface ServerEvent {
  type: string
  data: string
  lastEventId: string
}

/** Splits a text stream into events; fields it does not know are skipped, as the standard asks. */
export async function* parseEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = ''
  let lastEventId = ''
  let type = ''
  let data: string[] = []
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0 || type !== '')
          yield { type: type === '' ? 'message' : type, data: data.join('\n'), lastEventId }
        type = ''
        data = []
        continue
      }
      const colon = line.indexOf(':')
      const field = colon === -1 ? line : line.slice(0, colon)
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') data.push(value)
      else if (field === 'event') type = value
      else if (field === 'id') lastEventId = value
    }
  }
}

async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true })
}

type Listener = (event: object) => void
const RETRY_MS = 500

/**
 * An EventSource for programs: Node's own cannot send a session cookie. Reconnects by itself from the last event it
 * saw, as a browser does.
 */
export function eventSourceWith(headers: Record<string, string>) {
  return class ProgramEventSource {
    readonly CONNECTING = 0
    readonly OPEN = 1
    readonly CLOSED = 2
    readyState = 0
    readonly #listeners = new Map<string, Set<Listener>>()
    readonly #end = new AbortController()
    readonly #url: string
    #lastEventId = ''

    constructor(url: string) {
      this.#url = url
      void this.#run()
    }

    addEventListener(type: string, listener: Listener): void {
      this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener))
    }

    removeEventListener(type: string, listener: Listener): void {
      this.#listeners.get(type)?.delete(listener)
    }

    close(): void {
      this.readyState = this.CLOSED
      this.#end.abort()
    }

    #emit(type: string, event: object): void {
      for (const listener of this.#listeners.get(type) ?? []) listener(event)
    }

    async #run(): Promise<void> {
      // Listeners are added after the constructor returns.
      await Promise.resolve()
      while (!this.#end.signal.aborted) {
        try {
          await this.#connect()
        } catch {
          if (this.#end.signal.aborted) return
        }
        if (this.readyState === this.CLOSED) return
        this.readyState = this.CONNECTING
        this.#emit('error', { type: 'error' })
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }

    async #connect(): Promise<void> {
      const resume: Record<string, string> = this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }
      const response = await fetch(this.#url, {
        headers: { accept: 'text/event-stream', ...headers, ...resume },
        signal: this.#end.signal,
      })
      if (!response.ok || response.body === null) {
        // A refusal stays a refusal: the standard says not to try again.
        this.close()
        this.#emit('error', { type: 'error', status: response.status })
        return
      }
      this.readyState = this.OPEN
      this.#emit('open', { type: 'open' })
      for await (const event of parseEvents(textOf(response.body))) {
        this.#lastEventId = event.lastEventId
        this.#emit(event.type, event)
      }
    }
  }
}
