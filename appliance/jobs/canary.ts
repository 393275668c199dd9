import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { ApplianceOutput } from '#contracts/appliance.ts'
import type { Problem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import { CANARY_BYTES, patternBytes } from '#lib/canary/pattern.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { run, toolEnv, toolReport } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'

type Answer = ApplianceOutput<'jobs.canary'>

/** Reading some MiB through a tunnel, and one more negotiation. */
const TIMEOUT_MS = 15_000
const safe = 'It is a canary in an image of its own; no backup is concerned.'

/**
 * Reads the export from end to end and compares each byte. The reader is held back by its full pipe after the first bytes, so
 * that its connection is open while the second one is made.
 */
export async function readCanary(target: Target, options: { mark: string; signal: AbortSignal }): Promise<Answer> {
  const args = ['--connections=1', targetUrl(target), '-']
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(2 * TIMEOUT_MS)])
  const reader = spawn('nbdcopy', args, {
    env: toolEnv({ [MARK_VARIABLE]: options.mark }),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const stderr = new LineTail()
  reader.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const ended = new Promise<number | null>((resolve) => {
    reader.once('error', (error) => {
      stderr.push(`${error.message}\n`)
      resolve(null)
    })
    reader.once('close', resolve)
  })
  try {
    await Promise.race([new Promise((resolve) => reader.stdout.once('readable', resolve)), ended])
    const second = await secondConnection(target, options.signal)
    const { sameBytes, differsAt } = await compare(reader.stdout)
    const exitCode = await ended
    if (differsAt === null && exitCode === 0 && sameBytes === CANARY_BYTES) return { sameBytes, problem: null, second }
    const why =
      differsAt === null
        ? `reading it back ended after ${sameBytes} of ${CANARY_BYTES} bytes`
        : `byte ${differsAt} is not as it was written`
    const tool = toolReport('nbdcopy', args, { exitCode }, stderr.lines())
    return { sameBytes, second, problem: { code: 'proof_failed', happened: `The canary: ${why}.`, safe, tool } }
  } finally {
    reader.kill('SIGKILL')
    await ended
  }
}

async function secondConnection(target: Target, signal: AbortSignal): Promise<Answer['second']> {
  const began = performance.now()
  const result = await run('nbdinfo', ['--size', targetUrl(target)], { timeoutMs: TIMEOUT_MS, signal })
  const ms = Math.round(performance.now() - began)
  if (result.ok) return { ms, problem: null }
  const why = result.timedOut
    ? `it was not answered within ${TIMEOUT_MS / 1000} s`
    : (result.report.stderr.at(-1) ?? 'nbdinfo gave no reason')
  const problem: Problem = {
    code: 'export_unreachable',
    happened: `A second connection to the export was refused while one was open: ${why}.`,
    safe,
    tool: result.report,
  }
  return { ms, problem }
}

/** @returns how many bytes are right, and where the first wrong one lies */
export async function compare(stream: Readable): Promise<{ sameBytes: number; differsAt: number | null }> {
  let at = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const from = at - (at % 8)
    const to = Math.ceil((at + chunk.length) / 8) * 8
    const expected = patternBytes(from, to - from).subarray(at - from, at - from + chunk.length)
    if (!chunk.equals(expected)) {
      const wrong = chunk.findIndex((byte, index) => byte !== expected[index])
      return { sameBytes: at + wrong, differsAt: at + wrong }
    }
    at += chunk.length
  }
  return { sameBytes: at, differsAt: null }
}
