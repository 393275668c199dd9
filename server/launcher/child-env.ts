import path from 'node:path'
import type { HubEnv } from '../env.ts'

/** What programs of ours may need from the person's own environment besides PATH. */
const PASSED_ON = ['HOME', 'TZ', 'TMPDIR', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'NODE_EXTRA_CA_CERTS']

/**
 * The variables engine and web start with: the launcher's settings spelled out, so that both read the same.
 * @param source  the launcher's own environment; its other SENDENSE_ variables are handed on
 */
export function childEnv(
  env: HubEnv,
  databaseUrl: string,
  source: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const handedOn = Object.entries(source).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (entry[0].startsWith('SENDENSE_') || PASSED_ON.includes(entry[0])),
  )
  return {
    ...Object.fromEntries(handedOn),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    NEXT_TELEMETRY_DISABLED: '1',
    CHECKPOINT_DISABLE: '1',
    // A restart need not compile what the last start did (docs of Node, module.enableCompileCache).
    NODE_COMPILE_CACHE: path.join(env.home, 'compiled'),
    DATABASE_URL: databaseUrl,
    SENDENSE_HOME: env.home,
    SENDENSE_HTTP_HOST: env.http.host,
    SENDENSE_HTTP_PORT: String(env.http.port),
    SENDENSE_URL: env.url,
    SENDENSE_SSH_HOST: env.ssh.host,
    SENDENSE_SSH_PORT: String(env.ssh.port),
    SENDENSE_EXPORT_PORTS: env.exportPorts.join('-'),
    SENDENSE_CONTROL_PORTS: env.controlPorts.join('-'),
    SENDENSE_DRAIN: env.drain,
    SENDENSE_LOG_LEVEL: env.logLevel,
  }
}
