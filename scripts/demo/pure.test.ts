import { describe, expect, it } from 'vitest'
import type { DiskProgress } from '#contracts/events.ts'
import { parseEvents, type ServerEvent } from './event-source.ts'
import { bytes, seconds } from './format.ts'
import { parseOptions } from './options.ts'
import { createPrinter } from './printer.ts'
import { progressLine } from './progress-line.ts'

describe('options', () => {
  it('knows its own and names a stranger', () => {
    expect(parseOptions([])).toEqual({ once: false, reset: false, help: false })
    expect(parseOptions(['--once'])).toMatchObject({ once: true })
    expect(() => parseOptions(['--onec'])).toThrow('"--onec" is not an option')
  })
})

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1536 * 1024, '1.50 MiB'],
    [109_521_666_048, '102 GiB'],
  ])('%i bytes are %s', (value, text) => expect(bytes(value)).toBe(text))
  it.each([
    [0.84, '0.8 s'],
    [59.6, '60 s'],
    [185, '3 min 05 s'],
  ])('%d seconds are %s', (value, text) => expect(seconds(value)).toBe(text))
})

const disk: DiskProgress = {
  key: 2000,
  state: 'copying',
  sizeBytes: 109_521_666_048,
  dataBytes: 1536 * 1024 * 1024,
  readBytes: 0,
  writtenBytes: 0,
  sentBytes: null,
  checkedBytes: null,
  allocatedBytes: 512 * 1024 * 1024,
  bytesPerSecond: 300 * 1024 * 1024,
  note: null,
}

it('a line says phase, allocated size of each disk, rate and time to go', () => {
  const empty = {
    ...disk,
    key: 2001,
    state: 'flushed' as const,
    dataBytes: 0,
    allocatedBytes: 200_704,
    bytesPerSecond: 0,
  }
  const progress = { kind: 'job.progress' as const, disks: [disk, empty], bytesPerSecond: 1, etaSeconds: 3.4 }
  expect(progressLine('copying', progress)).toBe(
    'copying · disk 2000 512 MiB of 1.50 GiB, 300 MiB/s · disk 2001 196 KiB flushed · 3.4 s to go',
  )
  expect(progressLine('planned', null)).toBe('planned')
})

describe('printer', () => {
  const printTo = (isTTY: boolean) => {
    let text = ''
    let time = 0
    const printer = createPrinter({ isTTY, columns: 80, write: (part) => (text += part) }, () => time)
    return { printer, text: () => text, later: (ms: number) => (time += ms) }
  }
  it('rewrites one line on a terminal', () => {
    const { printer, text } = printTo(true)
    printer.now('a')
    printer.now('b')
    printer.say('done')
    expect(text()).toBe('\r\u001b[2K  a\r\u001b[2K  b\r\u001b[2Kdone\n')
  })
  it('prints a line every two seconds elsewhere, without control characters', () => {
    const { printer, text, later } = printTo(false)
    for (const line of ['a', 'b', 'c']) {
      printer.now(line)
      later(1000)
    }
    printer.say('done')
    expect(text()).toBe('  a\n  c\ndone\n')
  })
})

describe('event stream', () => {
  const read = async (...chunks: string[]) => {
    const events: ServerEvent[] = []
    const stream = (async function* () {
      yield* chunks
    })()
    for await (const event of parseEvents(stream)) events.push(event)
    return events
  }
  it('reads types, ids and data over several lines, wherever chunks are cut', async () => {
    const text = 'event: connected\ndata: {}\n\nid: 7\ndata: a\ndata: b\n\n: ping\nevent: ping\ndata: \n\n'
    const whole = await read(text)
    expect(whole).toEqual([
      { type: 'connected', data: '{}', lastEventId: '' },
      { type: 'message', data: 'a\nb', lastEventId: '7' },
      { type: 'ping', data: '', lastEventId: '7' },
    ])
    expect(await read(...text)).toEqual(whole)
    expect(await read(...text.replaceAll('\n', '\r\n'))).toEqual(whole)
  })
})
