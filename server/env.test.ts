import { describe, expect, it } from 'vitest'
import { readEnv } from './env.ts'

describe('the host that appliances are told to dial', () => {
  it.each([
    [
      'the one that is set',
      { SENDENSE_PUBLIC_HOST: 'backup.example.org', SENDENSE_SSH_HOST: '0.0.0.0' },
      'backup.example.org',
    ],
    ['an IPv6 address', { SENDENSE_PUBLIC_HOST: '2001:db8::1' }, '2001:db8::1'],
    ['else where sshd listens', { SENDENSE_SSH_HOST: '10.0.0.5', SENDENSE_URL: 'https://hub.example.org' }, '10.0.0.5'],
    [
      'else the dashboard’s',
      { SENDENSE_SSH_HOST: '0.0.0.0', SENDENSE_URL: 'https://hub.example.org:8443' },
      'hub.example.org',
    ],
    ['else the dashboard’s, IPv6', { SENDENSE_SSH_HOST: '::', SENDENSE_URL: 'https://[2001:db8::1]/' }, '2001:db8::1'],
    [
      'not a dashboard only for this host',
      { SENDENSE_SSH_HOST: '0.0.0.0', SENDENSE_URL: 'http://localhost:3000' },
      '0.0.0.0',
    ],
    ['nobody’s', { SENDENSE_SSH_HOST: '0.0.0.0' }, '0.0.0.0'],
  ])('is %s', (_, env, host) => expect(readEnv({ NODE_ENV: 'test', ...env }).sshPublicHost).toBe(host))

  it.each([
    ['https://hub.example.org', 'without scheme, port or brackets'],
    ['hub.example.org:2222', 'without scheme, port or brackets'],
    ['[2001:db8::1]', 'without scheme, port or brackets'],
    ['hub example', 'without scheme, port or brackets'],
    ['-oProxyCommand=x', 'without scheme, port or brackets'],
    ['0.0.0.0', 'means "every address"'],
    ['::', 'means "every address"'],
  ])('is refused as %s, by name and with the reason', (host, reason) => {
    const read = () => readEnv({ NODE_ENV: 'test', SENDENSE_PUBLIC_HOST: host })
    expect(read).toThrow(/SENDENSE_PUBLIC_HOST/)
    expect(read).toThrow(reason)
  })
})

describe('the proxies that are believed', () => {
  const read = (SENDENSE_TRUSTED_PROXIES?: string) =>
    readEnv({ NODE_ENV: 'test', ...(SENDENSE_TRUSTED_PROXIES === undefined ? {} : { SENDENSE_TRUSTED_PROXIES }) })

  it('are those of this machine, unless others are named', () => {
    expect(read().trustedProxies).toEqual(['127.0.0.1', '::1'])
    expect(read('10.0.0.0/8, fd00::/8,192.0.2.1').trustedProxies).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.1'])
    expect(read('').trustedProxies).toEqual([])
  })

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '*'])('are refused as %s, by name', (text) =>
    expect(() => read(text)).toThrow(/SENDENSE_TRUSTED_PROXIES/),
  )
})
