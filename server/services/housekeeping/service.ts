import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'

/** Ending what hangs takes its grace: several of them one after another. */
const CLEAN_MS = 120_000

/** Looking and cleaning are the engine's: each call is a command to it. */
export function createHousekeeping(ask: Ask): HubServices['housekeeping'] {
  return {
    survey: () => ask('housekeeping.survey', {}),
    clean: (choice) => ask('housekeeping.clean', choice, CLEAN_MS),
  }
}
