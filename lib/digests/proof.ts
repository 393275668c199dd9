import type { ProofMessage, ProofRequest } from '#contracts/proof.ts'
import { Qcow2Error } from '../qcow2/error.ts'
import { buildMap } from './build.ts'
import { compareImage } from './compare.ts'
import { DigestError } from './error.ts'

type ProofError = Extract<ProofMessage, { type: 'error' }>
type ProofResult = Extract<ProofMessage, { type: 'result' }>

/** Anything thrown by a proof, as the message that tells of it. */
export function proofError(error: unknown, signal?: AbortSignal): ProofError {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2000)
  if (signal?.aborted && error === signal.reason) return { type: 'error', code: 'aborted', message }
  if (error instanceof DigestError) return { type: 'error', code: error.code, message }
  if (error instanceof Qcow2Error) return { type: 'error', code: `image_${error.kind}`, message, word: error.word }
  return { type: 'error', code: 'internal', message }
}

/**
 * Builds the map when a log is given, then holds the image against it.
 * @throws what `buildMap` and `compareImage` throw
 */
export async function prove(
  request: ProofRequest,
  options: {
    signal: AbortSignal
    onProgress: (phase: 'map' | 'compare', bytes: number, totalBytes: number) => void
    logBytes: number
  },
): Promise<ProofResult> {
  const { image, log, map, sizeBytes, sectors, uncovered } = request
  const { signal, onProgress, logBytes } = options
  const summary =
    log === undefined
      ? null
      : await buildMap({
          ...{ logFile: log, mapFile: map, sizeBytes, sectors, uncovered, signal },
          onBytes: (read) => onProgress('map', read, Math.max(read, logBytes)),
        })
  if (summary && request.expectedRoot !== undefined && request.expectedRoot !== summary.root)
    throw new DigestError(
      'map_root',
      `The digest map that was built has the root ${summary.root}, not ${request.expectedRoot}.`,
    )
  const comparison = await compareImage({
    ...{ image, map, sizeBytes, signal, expectedRoot: summary?.root ?? request.expectedRoot },
    onProgress: (bytes, totalBytes) => onProgress('compare', bytes, totalBytes),
  })
  return { type: 'result', map: summary, comparison }
}
