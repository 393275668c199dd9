/** How one step of a clean-up went. */
export interface CleanupOutcome {
  step: string
  ok: boolean
  detail: string | null
}

/**
 * What has to be undone, in reverse order. Unlike AsyncDisposableStack it says how each step went,
 * and one that fails does not hide the others.
 */
export class CleanupList {
  #steps: { step: string; undo: () => Promise<string | null | undefined | undefined> }[] = []

  /** Registers an undo BEFORE or right after the thing exists; `undo` must be idempotent and may answer a detail. */
  add(step: string, undo: () => Promise<string | null | undefined | undefined>): void {
    this.#steps.push({ step, undo })
  }

  /** Runs every step, last added first; never throws. A second call does nothing. */
  async run(): Promise<CleanupOutcome[]> {
    const steps = this.#steps.reverse()
    this.#steps = []
    const outcomes: CleanupOutcome[] = []
    for (const { step, undo } of steps) {
      try {
        outcomes.push({ step, ok: true, detail: (await undo()) ?? null })
      } catch (error) {
        outcomes.push({ step, ok: false, detail: error instanceof Error ? error.message : String(error) })
      }
    }
    return outcomes
  }

  /** Forgets the steps: what was made now belongs to somebody else. */
  release(): void {
    this.#steps = []
  }
}
