import path from 'node:path'

export interface SshdConfig {
  dir: string
  host: string
  port: number
  /** The one login name: the user sshd itself runs as. */
  user: string
}

/** Where sshd's files lie in its directory. */
export function sshFiles(dir: string) {
  return {
    config: path.join(dir, 'sshd_config'),
    hostKey: path.join(dir, 'host_ed25519'),
    authorizedKeys: path.join(dir, 'authorized_keys'),
    log: path.join(dir, 'sshd.log'),
  }
}

/** The private half of what appliances pin, in sshd's directory. */
export const hostKeyFile = (dir: string): string => sshFiles(dir).hostKey

/** sshd_config(5) has no way to escape a quote. */
function quoted(file: string): string {
  if (/["\\\n\r%]/.test(file)) throw new Error(`sshd cannot use a path with quotes, backslashes or "%": ${file}`)
  return `"${file}"`
}

/**
 * Forwarding only: no shell, no PTY, no sessions (`MaxSessions 0`), no unix sockets, nothing but the hub's loopback. What
 * one key may do stands in its line (authorized-key.ts). VERBOSE tells "Connection from", which separates a new connection
 * from an older one of the same peer port.
 */
export function sshdConfig({ dir, host, port, user }: SshdConfig): string {
  const files = sshFiles(dir)
  if (!/^[a-z_][a-z0-9_.-]*$/i.test(user)) throw new Error(`"${user}" is not a user name`)
  return `${[
    `Port ${port}`,
    `ListenAddress ${host}`,
    `HostKey ${quoted(files.hostKey)}`,
    'PidFile none',
    `AuthorizedKeysFile ${quoted(files.authorizedKeys)}`,
    `AllowUsers ${user}`,
    'StrictModes yes',
    'UsePAM no',
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PubkeyAcceptedAlgorithms ssh-ed25519',
    'HostKeyAlgorithms ssh-ed25519',
    'Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com',
    'Compression no',
    'PermitTTY no',
    'MaxSessions 0',
    'ForceCommand /bin/false',
    'AllowTcpForwarding yes',
    'PermitOpen 127.0.0.1:*',
    'PermitListen 127.0.0.1:*',
    'GatewayPorts no',
    'AllowStreamLocalForwarding no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    'PrintMotd no',
    'UseDNS no',
    'TCPKeepAlive yes',
    'ClientAliveInterval 5',
    'ClientAliveCountMax 3',
    'LoginGraceTime 20',
    'MaxAuthTries 3',
    'MaxStartups 50:30:200',
    'LogLevel VERBOSE',
  ].join('\n')}\n`
}
