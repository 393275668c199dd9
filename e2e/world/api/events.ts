import { expect } from 'vitest'

/** Events of a stream until one is the last; then the connection is cut. */
export async function eventsUntil(
  url: string,
  headers: Record<string, string>,
  isLast: (kind: string, data: string) => boolean,
): Promise<{ id: string; kind: string }[]> {
  const end = new AbortController()
  const response = await fetch(url, { headers, signal: end.signal })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const seen: { id: string; kind: string }[] = []
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, id, kind, data] = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/.exec(block) ?? []
      if (!id || !kind || !data) continue
      seen.push({ id, kind })
      if (!isLast(kind, data)) continue
      end.abort()
      return seen
    }
  }
  throw new Error('the stream ended too early')
}
