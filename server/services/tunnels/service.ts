import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'

/** Tunnels are the engine's: each call is a command to it. */
export function createTunnels(ask: Ask): HubServices['tunnels'] {
  return {
    list: async () => (await ask('tunnels.list', {})).tunnels,
    start: ({ applianceId }) => ask('tunnels.start', { applianceId }, 40_000),
    restart: async ({ jobId }) => void (await ask('tunnels.restart', { jobId }, 20_000)),
    stop: async (tunnelId) => void (await ask('tunnels.stop', { tunnelId })),
    probe: ({ applianceId }) => ask('appliances.probe', { applianceId }),
  }
}
