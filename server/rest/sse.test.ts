import { expect, it } from 'vitest'
import type { HubEvent } from '#contracts/events.ts'
import { eventStream, eventText } from './sse.ts'

const event = (seq: string): HubEvent => ({
  seq,
  at: '2026-11-25T00:00:00.000Z',
  jobId: null,
  data: { kind: 'exports.changed' },
})

it('an event is written with its number, its kind and itself', () => {
  expect(eventText(event('7'))).toBe(
    'id: 7\nevent: exports.changed\ndata: {"seq":"7","at":"2026-11-25T00:00:00.000Z","job_id":null,"data":{"kind":"exports.changed"}}\n\n',
  )
})

it('a silent stream says that it lives, and lets go of its source when the reader leaves', async () => {
  let left = false
  const stream = eventStream(
    async function* (signal) {
      yield event('1')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      left = true
    },
    new AbortController().signal,
    5,
  )
  const seen: string[] = []
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    seen.push(decoder.decode(chunk))
    if (seen.length === 4) break
  }
  expect(seen.map((text) => text.split('\n')[0])).toEqual(['retry: 1000', 'id: 1', ': ping', ': ping'])
  await expect.poll(() => left).toBe(true)
})
