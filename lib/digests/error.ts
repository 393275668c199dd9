import type { ProofErrorCode } from '#contracts/proof.ts'

/** A map, a log or an image that cannot serve as evidence. */
export class DigestError extends Error {
  readonly code: ProofErrorCode
  constructor(code: ProofErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DigestError'
    this.code = code
  }
}

/** Runs file work; what the system refuses becomes a DigestError of that code. */
export async function orUnreadable<T>(code: ProofErrorCode, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new DigestError(code, `${what} cannot be read or written: ${error.message}`, { cause: error })
  }
}
