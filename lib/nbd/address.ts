import path from 'node:path'
import { NbdError } from './error.ts'

export type NbdAddress = { socketPath: string } | { host: string; port: number }

export interface NbdLocation {
  address: NbdAddress
  exportName: string
  /** TLS is demanded (`nbds:`, `nbds+unix:`). */
  tls: boolean
}

const DEFAULT_PORT = 10_809
const MAX_NAME_BYTES = 4096

function bad(message: string): NbdError {
  return new NbdError('connect', `The NBD address cannot be used: ${message}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad('it has a broken % escape')
  }
}

function tcpAddress(url: URL): NbdAddress {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '') throw bad('it names no host')
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port)
  if (port === 0) throw bad('its port is 0')
  return { host: decoded(host), port }
}

function unixAddress(url: URL, cwd: string): NbdAddress {
  if (url.host !== '') throw bad('a unix socket is given as ?socket=, not as a host')
  const socket = url.searchParams.get('socket')
  if (!socket) throw bad('it names no ?socket=')
  if (socket.includes('\0')) throw bad('its socket holds a NUL')
  return { socketPath: path.resolve(cwd, socket) }
}

/**
 * Reads `nbd://host:port/name`, `nbd+unix:///name?socket=path` and their `nbds` forms (NBD URI specification).
 * @param cwd  what a relative socket path is relative to
 * @throws NbdError kind `connect`: no such URL, a user or password in it, or a parameter that this client does not know
 */
export function parseNbdUrl(url: string, cwd = process.cwd()): NbdLocation {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw bad('it is no URL')
  }
  const form = /^(nbds?)(\+unix)?:$/.exec(parsed.protocol)
  if (!form) throw bad('it begins with none of nbd:, nbds:, nbd+unix: and nbds+unix:')
  // What is not known is not passed over: it may ask for a check that would then not be made.
  if (parsed.username !== '' || parsed.password !== '') throw bad('users and passwords do not belong into it')
  const unix = form[2] !== undefined
  for (const name of parsed.searchParams.keys())
    if (!(unix && name === 'socket')) throw bad(`the parameter ${JSON.stringify(name)} is not known`)
  if (parsed.hash !== '') throw bad('it has a fragment')
  const exportName = decoded(parsed.pathname.replace(/^\//, ''))
  if (Buffer.byteLength(exportName) > MAX_NAME_BYTES) throw bad('its export name is too long')
  return {
    address: unix ? unixAddress(parsed, cwd) : tcpAddress(parsed),
    exportName,
    tls: form[1] === 'nbds',
  }
}

/** For messages: never holds a secret. */
export function addressText(address: NbdAddress): string {
  if ('socketPath' in address) return address.socketPath
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
