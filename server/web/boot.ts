import 'server-only'
import { stopSignal } from '#lib/process/stop-signal.ts'
import { ensureSetupToken } from '#server/services/auth/setup.ts'
import { trustOnlyProxies } from './client-address.ts'
import { getHub } from './hub.ts'

const LAST_WORDS_MS = 1000

/**
 * Ends the process a second after it is asked to: open event streams would keep Next alive for minutes, and ending
 * them politely tells browsers never to come back. A cut stream makes them reconnect and resume.
 */
function exitOnSignal(): void {
  stopSignal().addEventListener('abort', () => setTimeout(() => process.exit(0), LAST_WORDS_MS))
}

/** Runs once when the web process starts. */
export async function boot(): Promise<void> {
  exitOnSignal()
  const hub = await getHub()
  trustOnlyProxies(hub.env.trustedProxies)
  await ensureSetupToken({ prisma: hub.prisma, env: hub.env })
  // Made now, so that whoever sets Prometheus up finds its token.
  await hub.metrics.admits(null)
  // Until the process ends.
  hub.watchEngine()
}
