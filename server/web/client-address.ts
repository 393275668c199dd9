import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Addresses and networks of proxies, to ask whether one is among them. */
export function proxyList(trusted: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** `::ffff:192.0.2.1` is the IPv4 address it stands for. */
const plain = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.)/i, '')

/**
 * Where a request really comes from: its socket's other end, unless that is a trusted proxy. Then the last address of
 * `X-Forwarded-For` that no trusted proxy has: what stands before it anybody may have written.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string | null {
  if (peer === undefined) return null
  const hops = [...(forwardedFor ?? '').split(',').map(plain).filter(Boolean), plain(peer)]
  let last = plain(peer)
  for (const hop of hops.toReversed()) {
    if (isIP(hop) === 0) return last
    last = hop
    if (!isTrusted(hop)) return last
  }
  return last
}

/**
 * From now on every request of this process carries its true address as the only `X-Forwarded-For`, and no other word of a
 * proxy: Next and better-auth believe these headers, whoever sends them. Node tells of a request before anybody reads it.
 */
export function trustOnlyProxies(trusted: readonly string[]): void {
  const isTrusted = proxyList(trusted)
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    const { headers } = request
    const forwardedFor = [headers['x-forwarded-for']].flat().join(',')
    const address = clientAddress(request.socket.remoteAddress, forwardedFor, isTrusted)
    for (const name of Object.keys(headers))
      if (name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip') delete headers[name]
    headers['x-forwarded-for'] = address ?? 'unknown'
  })
}
