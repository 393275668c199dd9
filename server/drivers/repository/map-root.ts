import { ProblemError } from '#contracts/problem.ts'
import { DigestError } from '#lib/digests/error.ts'
import { MapReader } from '#lib/digests/reader.ts'

/**
 * The root of a digest map, computed anew from its file: hex, lower case. Streams, for a map may be as large as gigabytes.
 * @throws ProblemError `proof_failed` when the file was read and is no sound map; any other Error: nothing is known of it
 */
export async function recomputeRoot(file: string): Promise<string> {
  try {
    const reader = await MapReader.open(file)
    try {
      return await reader.verifyRoot()
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (!(error instanceof DigestError) || error.code === 'map_unreadable') throw error
    throw new ProblemError({ code: 'proof_failed', happened: error.message }, { cause: error })
  }
}
