import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'

/** Exports are the engine's: each call is a command to it. */
export function createExports(ask: Ask): HubServices['exports'] {
  return {
    list: async () => (await ask('exports.list', {})).exports,
    start: ({ backupDiskId }) => ask('exports.start', { backupDiskId }),
    stop: async (exportId) => void (await ask('exports.stop', { exportId }, 30_000)),
    probe: (exportId) => ask('exports.probe', { exportId }),
  }
}
