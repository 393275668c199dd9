import { open } from 'node:fs/promises'
import { type JobReport, jobReportSchema } from '#contracts/appliance.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** A report before it has its place in the log. */
export type ReportBody = DistributiveOmit<JobReport, 'seq' | 'at'>

const NEWLINE = 0x0a
const CHUNK = 64 * 1024

/** Encodes one report as a line; parsed on the way out, so that a wrong one never reaches the log. */
export function encodeReport(seq: number, body: ReportBody, at = new Date()): string {
  return `${JSON.stringify(jobReportSchema.parse({ ...body, seq, at: at.toISOString() }))}\n`
}

/** Reads whole lines from `position` on; an unfinished last line is left for later. */
export async function readLines(file: string, position: number): Promise<{ lines: string[]; position: number }> {
  await using handle = await open(file, 'r')
  let length = CHUNK
  for (;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
    const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (end >= 0) return { lines: buffer.toString('utf8', 0, end).split('\n'), position: position + end + 1 }
    if (bytesRead < length) return { lines: [], position }
    length *= 4
  }
}

/** Every report in the file, one after another. */
export async function* readReports(file: string): AsyncGenerator<JobReport> {
  for (let position = 0; ; ) {
    const chunk = await readLines(file, position)
    if (chunk.lines.length === 0) return
    position = chunk.position
    for (const line of chunk.lines) yield jobReportSchema.parse(JSON.parse(line))
  }
}

/** The last second reading of each disk, by key. */
export async function secondReadings(file: string): Promise<Map<number, Extract<JobReport, { type: 'read-again' }>>> {
  const readings = new Map<number, Extract<JobReport, { type: 'read-again' }>>()
  for await (const report of readReports(file)) if (report.type === 'read-again') readings.set(report.key, report)
  return readings
}

/** What the daemon needs to know before it may write after a client that is gone. */
export async function surveyReports(file: string): Promise<{
  lastSeq: number
  ended: boolean
  firstFailure: Extract<JobReport, { type: 'disk-ended' }> | null
}> {
  let lastSeq = 0
  let ended = false
  let firstFailure: Extract<JobReport, { type: 'disk-ended' }> | null = null
  for await (const report of readReports(file)) {
    lastSeq = report.seq
    if (report.type === 'client-ended') ended = true
    if (report.type === 'disk-ended' && !report.ok) firstFailure ??= report
  }
  return { lastSeq, ended, firstFailure }
}

/** Appends after the last whole line: a client killed in mid-write may have left half a line, which is cut off. */
export async function appendAfterClient(file: string, bodies: readonly ReportBody[]): Promise<void> {
  const { lastSeq } = await surveyReports(file)
  await using handle = await open(file, 'r+')
  const { size } = await handle.stat()
  let position = 0
  for (;;) {
    const chunk = await readLines(file, position)
    if (chunk.position === position) break
    position = chunk.position
  }
  if (position < size) await handle.truncate(position)
  const text = bodies.map((body, index) => encodeReport(lastSeq + 1 + index, body)).join('')
  await handle.write(text, position)
  await handle.datasync()
}
