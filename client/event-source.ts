import { EventSource } from 'eventsource'

/** An EventSource that says who asks: the standard's own cannot send headers. Reconnects from the last event it saw. */
export function eventSourceWith(headers: () => Promise<Record<string, string>>) {
  return class extends EventSource {
    constructor(url: string | URL) {
      super(url, {
        fetch: async (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...(await headers()) } }),
      })
    }
  }
}
