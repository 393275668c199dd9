/**
 * What kind of end a request or a connection came to.
 * connect: nobody answered at the address · refused: the server said no while options were agreed · protocol: the server broke the
 * protocol · closed: the connection ended in mid-use · timeout: connecting took too long · aborted: by the caller · io: the server
 * answered a request with an error.
 */
export type NbdErrorKind = 'connect' | 'refused' | 'protocol' | 'closed' | 'timeout' | 'aborted' | 'io'

export interface NbdErrorDetails {
  /** A name such as `EIO` or `ECONNREFUSED`, when there is one. */
  errno?: string | null
  /** The command that was answered: `read`, `write`, `zero`, `flush`, `block status`. */
  command?: string | null
  /** First byte of the request, or the byte that the server named. */
  offset?: number | null
  cause?: unknown
}

/** Everything that `lib/nbd` throws. */
export class NbdError extends Error {
  readonly kind: NbdErrorKind
  readonly errno: string | null
  readonly command: string | null
  readonly offset: number | null

  constructor(kind: NbdErrorKind, message: string, details: NbdErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'NbdError'
    this.kind = kind
    this.errno = details.errno ?? null
    this.command = details.command ?? null
    this.offset = details.offset ?? null
  }
}

/** The server broke the protocol: the connection cannot be used any further. */
export function violation(message: string): NbdError {
  return new NbdError('protocol', `The NBD server broke the protocol: ${message}`)
}

/** A server's words, fit for a log: bounded, without control characters. */
export function serverWords(bytes: Buffer): string {
  const text = bytes.subarray(0, 2000).toString('utf8')
  return text
    .replace(/[\p{Cc}\p{Cf}\uFFFD]+/gu, ' ')
    .trim()
    .slice(0, 500)
}
