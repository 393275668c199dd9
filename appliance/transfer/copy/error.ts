import { NbdError, type NbdErrorKind } from '#lib/nbd/error.ts'

export type CopySide = 'source' | 'target'

/** What ended a copy, and on which side. */
export class CopyError extends NbdError {
  readonly side: CopySide

  constructor(
    side: CopySide,
    kind: NbdErrorKind,
    message: string,
    details: ConstructorParameters<typeof NbdError>[2] = {},
  ) {
    super(kind, message, details)
    this.name = 'CopyError'
    this.side = side
  }
}

/** An error of a connection with its side added; anything else as it is. */
export function onSide(side: CopySide, error: unknown): unknown {
  if (!(error instanceof NbdError) || error instanceof CopyError) return error
  const { kind, message, errno, command, offset } = error
  return new CopyError(side, kind, message, { errno, command, offset, cause: error })
}
