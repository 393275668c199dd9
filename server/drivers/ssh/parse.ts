/** What a line of sshd's log (`-E`, LogLevel VERBOSE) says about a connection. `peer` is `host port`. */
export type LogEntry = { peer: string; fingerprint: string | null }

/**
 * "Connection from" begins a connection whose key is not known yet; "Accepted publickey" tells it. Every text that a
 * client chooses comes after other words on its line and with control characters escaped, so no client can forge these.
 */
export function parseLogLine(line: string, user: string): LogEntry | null {
  const text = line.trimEnd()
  const from = /^Connection from (\S+) port (\d+) on /.exec(text)
  if (from) return { peer: `${from[1]} ${from[2]}`, fingerprint: null }
  const login = /^Accepted publickey for (\S+) from (\S+) port (\d+) ssh2: \S+ (SHA256:\S+)$/.exec(text)
  if (login?.[1] !== user || login[4] === undefined) return null
  return { peer: `${login[2]} ${login[3]}`, fingerprint: login[4] }
}

/** The line by which a login is remembered when the log is cut. */
export function loginLine(user: string, peer: string, fingerprint: string): string {
  const [host, port] = peer.split(' ')
  return `Accepted publickey for ${user} from ${host} port ${port} ssh2: ED25519 ${fingerprint}\n`
}
