/** Ends a run because a person asked for it. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
}

/** The engine stops and leaves the run as it is, for the next one to take up. */
export class HandoverError extends Error {
  override readonly name = 'HandoverError'
}

/** The job belongs to somebody else now, or has ended: stop writing. */
export class FencedError extends Error {
  override readonly name = 'FencedError'
}
