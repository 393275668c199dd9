import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type JobReport, STREAM_PING_MS } from '#contracts/appliance.ts'
import { sleep } from '#lib/async/wait.ts'

const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }

/** Writes one line and waits while the reader is slow. */
async function writeLine(response: ServerResponse, line: string, signal: AbortSignal): Promise<void> {
  if (!response.write(`${line}\n`)) await once(response, 'drain', { signal })
}

/** An empty JSON object at once, and again every STREAM_PING_MS for as long as the connection lives. */
export async function streamHeartbeat(response: ServerResponse, signal: AbortSignal): Promise<void> {
  response.writeHead(200, headers)
  while (!signal.aborted) {
    await writeLine(response, '{}', signal)
    await sleep(STREAM_PING_MS, signal)
  }
}

/** Reports, one a line; null is a ping: an empty line. */
export async function streamReports(
  response: ServerResponse,
  reports: AsyncIterable<JobReport | null>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, headers)
  response.flushHeaders()
  for await (const report of reports) await writeLine(response, report === null ? '' : JSON.stringify(report), signal)
  response.end()
}

/** Bytes of a file, as they are read. */
export async function streamBytes(response: ServerResponse, bytes: Readable, signal: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' })
  await pipeline(bytes, response, { signal })
}
