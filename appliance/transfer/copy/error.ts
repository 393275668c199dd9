import { NbdError, type NbdErrorKind } from '#lib/nbd/error.ts'

/** A copy that ended, and on which side of it. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
  readonly side: 'source' | 'target'
  readonly kind: NbdErrorKind
  readonly errno: string | null
  readonly offset: number | null

  constructor(side: 'source' | 'target', error: NbdError) {
    super(error.message, { cause: error })
    this.side = side
    this.kind = error.kind
    this.errno = error.errno
    this.offset = error.offset
  }
}

/** Says on which side `work` failed. */
export async function onSide<T>(side: 'source' | 'target', work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof NbdError ? new CopyError(side, error) : error
  }
}
