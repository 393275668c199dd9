import { unreachable } from './problem.ts'
import type { Endpoint } from './request.ts'
import { pieces, type StreamOptions } from './stream.ts'

/**
 * A stream of exactly `length` bytes.
 * @throws ProblemError `appliance_unreachable` when it is shorter or longer, or nothing came for `silenceMs`; the signal's reason
 */
export async function* bytes(
  endpoint: Endpoint,
  { length, ...stream }: StreamOptions & { length: number },
): AsyncGenerator<Buffer, void> {
  let got = 0
  for await (const piece of pieces(endpoint, stream)) {
    got += piece.length
    if (got > length) throw unreachable(endpoint, `it sent more than the ${length} bytes that were asked for`)
    yield piece
  }
  if (got < length) throw unreachable(endpoint, `it sent ${got} of ${length} bytes`)
}
