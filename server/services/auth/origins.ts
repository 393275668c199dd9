import type { HubEnv } from '../../env.ts'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * The origins a browser may send state-changing requests from: the hub's own address and, when that is loopback, its
 * other spellings on the same port.
 */
export function allowedOrigins(env: Pick<HubEnv, 'url'>): string[] {
  const url = new URL(env.url)
  if (!loopback.has(url.hostname)) return [url.origin]
  const port = url.port === '' ? '' : `:${url.port}`
  return [...new Set([url.origin, ...[...loopback].map((host) => `${url.protocol}//${host}${port}`)])]
}
