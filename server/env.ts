import { isIP } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'

/** A range of ports, both ends included: `10100-10200`. */
const portRange = z
  .string()
  .regex(/^\d+-\d+$/, 'must look like 10100-10200')
  .transform((text) => text.split('-').map(Number) as [number, number])
  .refine(([from, to]) => from >= 1024 && to <= 65_535 && from <= to, 'must lie in 1024-65535, lower end first')

const port = z.coerce.number().int().min(1).max(65_535)

/** A host name or an IP address alone: it goes into a command line and into ssh's settings. */
const hostName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/, {
    error: 'must be a host name or an IP address alone, without scheme, port or brackets',
  })
  .max(253)
  .refine((host) => !isEveryAddress(host), 'must be an address that can be dialled: this one means "every address"')

/** Addresses and networks, separated by commas. */
const networks = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  )
  .refine((list) => list.every(isNetwork), 'must be IP addresses or networks like 10.0.0.0/8, separated by commas')

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = isIP(address) === 6 ? 128 : 32
  return (
    isIP(address) !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

const schema = z.object({
  /** Where the hub keeps its own state (database, keys, logs); never backups. */
  SENDENSE_HOME: z.string().startsWith('/').optional(),
  /** Any PostgreSQL; unset: the embedded one, on a unix socket under the home. */
  DATABASE_URL: z.string().optional(),
  SENDENSE_HTTP_HOST: z.string().default('127.0.0.1'),
  SENDENSE_HTTP_PORT: port.default(3000),
  /** The address people reach the dashboard at; default from host and port. */
  SENDENSE_URL: z.url().optional(),
  /** Proxies whose X-Forwarded-For is believed. Of anybody else it is thrown away. */
  SENDENSE_TRUSTED_PROXIES: networks.default(['127.0.0.1', '::1']),
  /** Where the hub's own sshd listens for appliances. */
  SENDENSE_SSH_HOST: z.string().default('127.0.0.1'),
  SENDENSE_SSH_PORT: port.default(2222),
  /** Where appliances reach that sshd, if not at the address it listens at (every address, a router's, a name). */
  SENDENSE_PUBLIC_HOST: hostName.optional(),
  /** Ports of qemu-nbd on the hub's loopback. */
  SENDENSE_EXPORT_PORTS: portRange.default([10_100, 10_200]),
  /** Ports at which appliances' APIs appear on the hub's loopback. */
  SENDENSE_CONTROL_PORTS: portRange.default([9081, 9180]),
  /** How long an appliance, or a job's tunnel, may be away in the middle of a copy before the backup fails, in seconds. */
  SENDENSE_APPLIANCE_AWAY_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
  /** How long a job's tunnel may be away in all, however often it comes back, before the backup fails, in seconds. */
  SENDENSE_TUNNEL_AWAY_TOTAL_SECONDS: z.coerce.number().min(1).max(604_800).default(3600),
  /** For tests: `yes` lets a file hold the engine at points of a backup (engine/park.ts). */
  SENDENSE_PARK: z.literal('yes').optional(),
  /** What becomes of running backups when the engine is asked to stop: the next start takes them up, or they end first. */
  SENDENSE_DRAIN: z.enum(['handover', 'wait', 'cancel']).default('handover'),
  /** How long after the end of one look for what is left over the next one begins, in seconds. */
  SENDENSE_HOUSEKEEPING_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
  /** How long the images of a backup whose proof failed are kept for a look, in hours. */
  SENDENSE_KEEP_FAILED_HOURS: z.coerce.number().min(0).max(8760).default(24),
  /** Whether an appliance that joined, or whose tunnel became another one, is checked by itself. */
  SENDENSE_CHECK_TUNNELS: z.enum(['on', 'off']).default('on'),
  /** How many requests a person or a token may send to /api/v1 within a minute. */
  SENDENSE_API_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(600),
  SENDENSE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type HubEnv = ReturnType<typeof readEnv>

/** The default home: as root `/var/lib/sendense`, else under XDG_STATE_HOME. Every parent can be traversed by other users when root. */
export function defaultHome(name = 'sendense'): string {
  if (process.getuid?.() === 0) return `/var/lib/${name}`
  return path.join(process.env.XDG_STATE_HOME ?? path.join(os.homedir(), '.local/state'), name)
}

/**
 * The only reader of the hub's environment.
 * @throws Error naming each variable that is wrong
 */
export function readEnv(source: NodeJS.ProcessEnv = process.env) {
  const parsed = schema.safeParse(source)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The hub's settings are not valid:\n  ${lines.join('\n  ')}`)
  }
  const env = parsed.data
  const home = env.SENDENSE_HOME ?? defaultHome()
  return {
    home,
    paths: hubPaths(home),
    databaseUrl: env.DATABASE_URL ?? null,
    http: { host: env.SENDENSE_HTTP_HOST, port: env.SENDENSE_HTTP_PORT },
    url: env.SENDENSE_URL ?? `http://${env.SENDENSE_HTTP_HOST}:${env.SENDENSE_HTTP_PORT}`,
    trustedProxies: env.SENDENSE_TRUSTED_PROXIES,
    ssh: { host: env.SENDENSE_SSH_HOST, port: env.SENDENSE_SSH_PORT },
    sshPublicHost: publicHost(env),
    exportPorts: env.SENDENSE_EXPORT_PORTS,
    controlPorts: env.SENDENSE_CONTROL_PORTS,
    applianceAwayMs: env.SENDENSE_APPLIANCE_AWAY_SECONDS * 1000,
    tunnelAwayTotalMs: env.SENDENSE_TUNNEL_AWAY_TOTAL_SECONDS * 1000,
    park: env.SENDENSE_PARK === 'yes',
    drain: env.SENDENSE_DRAIN,
    housekeepingMs: env.SENDENSE_HOUSEKEEPING_SECONDS * 1000,
    keepFailedMs: env.SENDENSE_KEEP_FAILED_HOURS * 3_600_000,
    checkTunnels: env.SENDENSE_CHECK_TUNNELS === 'on',
    apiRequestsPerMinute: env.SENDENSE_API_REQUESTS_PER_MINUTE,
    logLevel: env.SENDENSE_LOG_LEVEL,
  }
}

/** True for addresses that one listens at and nobody can dial. */
function isEveryAddress(host: string): boolean {
  return host === '::' || /^0+(\.0+){0,3}$/.test(host)
}

/**
 * The host that appliances are told to dial: the one that is set, else the address sshd listens at; when that is every
 * address, the dashboard's own host, if other machines can reach it by that. What is left is no host: the page says so.
 */
function publicHost(env: z.infer<typeof schema>): string {
  if (env.SENDENSE_PUBLIC_HOST !== undefined) return env.SENDENSE_PUBLIC_HOST
  if (!isEveryAddress(env.SENDENSE_SSH_HOST) || env.SENDENSE_URL === undefined) return env.SENDENSE_SSH_HOST
  const host = new URL(env.SENDENSE_URL).hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || /^(127\.|::1$)/.test(host) ? env.SENDENSE_SSH_HOST : host
}

/** Where things lie under the hub's home. The home is 0711 (sshd and PostgreSQL may run as other users), what is below is closed. */
export function hubPaths(home: string) {
  return {
    /** Data and socket of the embedded PostgreSQL. */
    postgres: path.join(home, 'postgres'),
    /** sshd_config, host keys, authorized_keys, sshd.log; owned by the user sshd runs as. */
    ssh: path.join(home, 'ssh'),
    /** 0700: vault.key, auth-secret, setup-token. */
    secrets: path.join(home, 'secrets'),
    /** pid files and stderr of each qemu-nbd. */
    exports: path.join(home, 'exports'),
    log: path.join(home, 'log'),
  }
}
