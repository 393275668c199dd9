import { stat } from 'node:fs/promises'
import { type ProofMessage, proofRequestSchema } from '#contracts/proof.ts'
import { stopSignal } from '../process/stop-signal.ts'
import { DigestError } from './error.ts'
import { proofError, prove } from './proof.ts'

// A proof in a process of its own: one line of JSON in, lines of JSON out (contracts/proof.ts). Exit status 0 only with a result.

const MAX_REQUEST_BYTES = 65_536
const PROGRESS_MS = 500

const controller = new AbortController()
const give = (why: string) => controller.abort(new DigestError('aborted', why))
const stop = stopSignal()
stop.addEventListener('abort', () => give(String(stop.reason)))
// Who asked is gone: nobody reads the answer.
process.stdout.on('error', () => give('nobody reads the answer'))

function say(message: ProofMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** The first line of stdin. What comes later is dropped; its end aborts the proof. */
function readRequest(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const { stdin } = process
    stdin.setEncoding('utf8')
    const ended = () => {
      give('stdin ended')
      reject(controller.signal.reason)
    }
    stdin.on('data', (piece: string) => {
      if (text.includes('\n')) return
      text += piece
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
      else if (text.length > MAX_REQUEST_BYTES) reject(new DigestError('bad_request', 'The request is too long.'))
    })
    stdin.once('end', ended)
    stdin.once('close', ended)
    stdin.once('error', ended)
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
  })
}

function parse(text: string) {
  try {
    return proofRequestSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new DigestError(
      'bad_request',
      `The request cannot be understood: ${error instanceof Error ? error.message : error}`,
    )
  }
}

let told = 0
const onProgress = (phase: 'map' | 'compare', bytes: number, totalBytes: number) => {
  if (performance.now() - told < PROGRESS_MS) return
  told = performance.now()
  say({ type: 'progress', phase, bytes, totalBytes })
}

try {
  const request = parse(await readRequest())
  const logBytes = request.log === undefined ? 0 : ((await stat(request.log).catch(() => null))?.size ?? 0)
  say(await prove(request, { signal: controller.signal, onProgress, logBytes }))
} catch (error) {
  process.exitCode = 2
  say(proofError(error, controller.signal))
}
process.stdin.destroy()
