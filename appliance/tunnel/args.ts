import type { HubConfig } from '../config.ts'

/** The name under which the hub's host key is pinned: an address may change, the key may not. */
export const HOST_ALIAS = 'sendense-hub'

export interface TunnelFiles {
  config: string
  knownHosts: string
  key: string
}

export type Forward =
  /** The hub's `port` appears on our `listen`. */
  | { kind: 'local'; listenHost: string; listenPort: number; hubPort: number }
  /** Our `host:port` appears on the hub's `hubPort`. The hub's permitlisten names 127.0.0.1, so it is spelled out. */
  | { kind: 'remote'; hubPort: number; host: string; port: number }

/** Quotes a path for ssh_config(5); `%` begins a token there. */
function quoted(path: string): string {
  if (/["\n\r]/.test(path)) throw new Error(`ssh cannot take this path: ${JSON.stringify(path)}`)
  return `"${path.replaceAll('%', '%%')}"`
}

function forwardLine(forward: Forward): string {
  if (forward.kind === 'local')
    return `LocalForward ${forward.listenHost}:${forward.listenPort} 127.0.0.1:${forward.hubPort}`
  return `RemoteForward 127.0.0.1:${forward.hubPort} ${forward.host}:${forward.port}`
}

export interface SshTerms {
  logLevel: 'INFO' | 'DEBUG1'
  keepAliveSeconds: number
}

/** The whole ssh configuration of one tunnel: nothing is taken from the user, the system or an agent. */
export function sshConfig(
  hub: HubConfig,
  files: TunnelFiles,
  forwards: readonly Forward[],
  { logLevel, keepAliveSeconds }: SshTerms,
): string {
  return [
    `Host ${HOST_ALIAS}`,
    `  HostName ${hub.sshHost}`,
    `  Port ${hub.sshPort}`,
    `  User ${hub.sshUser}`,
    `  IdentityFile ${quoted(files.key)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    '  PreferredAuthentications publickey',
    '  BatchMode yes',
    `  HostKeyAlias ${HOST_ALIAS}`,
    `  UserKnownHostsFile ${quoted(files.knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    // The fastest cipher that hardware helps with; the rest for a hub that lacks it.
    '  Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com',
    '  Compression no',
    '  ConnectTimeout 10',
    // A hub from which nothing comes is given up after three to four times that; sshd has 5 s for us.
    `  ServerAliveInterval ${keepAliveSeconds}`,
    '  ServerAliveCountMax 3',
    '  ExitOnForwardFailure yes',
    '  ControlMaster no',
    '  ControlPath none',
    '  ForwardAgent no',
    '  ForwardX11 no',
    '  PermitLocalCommand no',
    '  EscapeChar none',
    '  SessionType none',
    '  RequestTTY no',
    `  LogLevel ${logLevel}`,
    ...forwards.map((forward) => `  ${forwardLine(forward)}`),
    '',
  ].join('\n')
}

/** The pinned host key in known_hosts form. */
export function knownHostsLine(hostKey: string): string {
  const [type, key] = hostKey.trim().split(/\s+/)
  return `${HOST_ALIAS} ${type} ${key}\n`
}

export function sshArgs(configFile: string): string[] {
  return ['-F', configFile, '-N', '-T', HOST_ALIAS]
}
