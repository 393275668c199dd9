import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import {
  type ProofErrorCode,
  type ProofMessage,
  type ProofRequest,
  proofMessageSchema,
  proofRequestSchema,
} from '#contracts/proof.ts'
import { toolEnv, toolReport } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'

const PROGRAM = fileURLToPath(new URL('../../../lib/digests/proof-main.ts', import.meta.url))

export interface ProofOptions {
  /** Bytes read back so far, of how many. */
  onProgress(bytes: number, totalBytes: number): void
  signal: AbortSignal
}

export type ProofResult = Extract<ProofMessage, { type: 'result' }>

/** The proof could not be made: neither equal nor different. */
export class ProofFailure extends Error {
  override readonly name = 'ProofFailure'
  readonly code: ProofErrorCode
  constructor(code: ProofErrorCode, message: string) {
    super(message)
    this.code = code
  }

  /** It is the stored image that cannot be read as one of ours: as good as one that differs. */
  get isOfImage(): boolean {
    return this.code.startsWith('image_')
  }
}

/**
 * Builds the digest map of an image from its log and compares every leaf, in a process of its own, which ends with this one (its
 * stdin). It has no deadline: it tells its progress.
 * @throws ProofFailure; ProblemError `internal` when the process ended without a result; the signal's reason
 */
export async function proveImage(request: ProofRequest, { onProgress, signal }: ProofOptions): Promise<ProofResult> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [PROGRAM], { env: toolEnv(), stdio: ['pipe', 'pipe', 'pipe'] })
  const stderr = new LineTail()
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // It may be gone before it has read its question: its end says more.
  child.stdin.on('error', () => undefined)
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  const ended = new Promise<ToolReport>((resolve) => {
    const end = (exitCode: number | null, by: string | null) =>
      resolve(toolReport('sendense-proof', [], { exitCode, signal: by }, stderr.lines()))
    child.once('error', (error) => {
      stderr.push(`${error.message}\n`)
      end(null, null)
    })
    child.once('close', end)
  })
  let result: ProofResult | null = null
  let failure: ProofFailure | null = null
  try {
    child.stdin.write(`${JSON.stringify(proofRequestSchema.parse(request))}\n`)
    for await (const line of createInterface({ input: child.stdout })) {
      const told = proofMessageSchema.parse(JSON.parse(line))
      if (told.type === 'result') result = told
      else if (told.type === 'error') failure = new ProofFailure(told.code, told.message)
      else if (told.phase === 'compare') onProgress(told.bytes, told.totalBytes)
    }
    const tool = await ended
    signal.throwIfAborted()
    if (failure) throw failure
    if (result && tool.exitCode === 0) return result
    throw new ProblemError({
      code: 'internal',
      happened: 'The process that proves an image ended without a result.',
      safe: 'The image is not counted as proved; earlier backups are untouched.',
      remedy: 'Start the backup again; if it happens again, look at the hub’s memory and kernel log.',
      tool,
    })
  } finally {
    signal.removeEventListener('abort', stop)
    child.kill('SIGKILL')
    await ended
  }
}
