import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { JobReport } from '#contracts/appliance.ts'
import { followReports } from './follow.ts'
import { appendAfterClient, encodeReport, readReports, surveyReports } from './report-file.ts'

const tool = { command: 'client', exitCode: 1, signal: null, stderr: [] }
const end = { type: 'client-ended' as const, ok: false, tool, problem: null }
const phase = { type: 'phase' as const, key: 2000, phase: 'copying' as const }
let file: string
beforeEach(async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'sendense-reports-'))
  file = path.join(directory, 'reports.ndjson')
  return () => rm(directory, { recursive: true })
})

const all = async () => {
  const list: JobReport[] = []
  for await (const report of readReports(file)) list.push(report)
  return list
}

describe('the report log', () => {
  test('the daemon goes on after the last whole line of a client that died in mid-line', async () => {
    await writeFile(file, encodeReport(1, { type: 'client-started', pid: 1 }) + encodeReport(2, phase))
    await appendFile(file, '{"seq":3,"at":"20')
    await appendAfterClient(file, [{ type: 'tunnel-ended', tool }, end])
    expect((await all()).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'client-started'],
      [2, 'phase'],
      [3, 'tunnel-ended'],
      [4, 'client-ended'],
    ])
    expect(await surveyReports(file)).toMatchObject({ lastSeq: 4, ended: true, firstFailure: null })
  })

  test('an empty log gets its end too', async () => {
    await writeFile(file, '')
    await appendAfterClient(file, [end])
    expect(await all()).toMatchObject([{ seq: 1, type: 'client-ended' }])
  })

  test('lines longer than a chunk are whole', async () => {
    const stderr = Array.from({ length: 50 }, () => 'x'.repeat(2000))
    await writeFile(file, encodeReport(1, { ...end, tool: { ...tool, stderr } }))
    expect((await all())[0]).toMatchObject({ tool: { stderr } })
  })

  test('what the contract does not know never reaches the log', () => {
    expect(() => encodeReport(0, phase)).toThrow()
    expect(() => encodeReport(1, { ...phase, key: -1 })).toThrow()
  })
})

describe('following it', () => {
  test('gives what is there, then what comes, none twice, and ends with the client', async () => {
    await writeFile(file, encodeReport(1, { type: 'client-started', pid: 1 }) + encodeReport(2, phase))
    const seen: (number | null)[] = []
    const text = encodeReport(3, phase) + encodeReport(4, end)
    const options = { signal: AbortSignal.timeout(5000), idleMs: 60_000 }
    for await (const report of followReports(file, 1, options)) {
      seen.push(report?.seq ?? null)
      // A line comes in two pieces.
      if (report?.seq === 2) {
        await appendFile(file, text.slice(0, 20))
        setImmediate(() => void appendFile(file, text.slice(20)))
      }
    }
    expect(seen).toEqual([2, 3, 4])
  })

  test('tells silence, ends when the job is gone, and when nobody listens any more', async () => {
    await writeFile(file, '')
    const seen: unknown[] = []
    for await (const report of followReports(file, 0, { signal: AbortSignal.timeout(5000), idleMs: 20 })) {
      seen.push(report)
      if (seen.length === 2) await rm(file)
    }
    expect(seen.slice(0, 2)).toEqual([null, null])

    await writeFile(file, '')
    const stop = new AbortController()
    const started = performance.now()
    for await (const _ of followReports(file, 0, { signal: stop.signal, idleMs: 10 })) stop.abort()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await readFile(file, 'utf8')).toBe('')
  })
})
