import { type HubEnv, readEnv } from '#server/env.ts'
import { startLauncher } from '#server/launcher/launcher.ts'
import type { DemoPaths } from './paths.ts'
import { choosePort, nameTakenExports } from './ports.ts'

const EXPORTS = 10_100
const CONTROL = 9081

export interface DemoHub extends AsyncDisposable {
  env: HubEnv
  databaseUrl: string
}

/** Starts PostgreSQL, engine and dashboard on ports that nobody else has. */
export async function startHub(paths: DemoPaths, say: (line: string) => void, signal: AbortSignal): Promise<DemoHub> {
  await nameTakenExports(EXPORTS, say)
  const control = await choosePort('appliance', CONTROL, say)
  const env = readEnv({
    NODE_ENV: 'production',
    SENDENSE_HOME: paths.hub,
    SENDENSE_HTTP_PORT: String(await choosePort('dashboard', 3000, say)),
    SENDENSE_SSH_PORT: String(await choosePort('SSH', 2222, say)),
    SENDENSE_EXPORT_PORTS: `${EXPORTS}-${EXPORTS + 100}`,
    SENDENSE_CONTROL_PORTS: `${control}-${control + 99}`,
    // Ctrl-C ends the demo whole.
    SENDENSE_DRAIN: 'cancel',
  })
  const launcher = await startLauncher({ env, say: (line) => say(`  ${line}`), signal })
  return { env, databaseUrl: launcher.databaseUrl, [Symbol.asyncDispose]: () => launcher[Symbol.asyncDispose]() }
}
