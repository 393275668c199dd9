import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knownHostsLine, sshArgs, sshConfig } from './args.ts'
import { backoffMs, FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from './backoff.ts'
import { parseListeners, procAddress } from './listening.ts'
import { explain, wordsOf } from './problem.ts'

const hub = { sshHost: 'hub.example', sshPort: 2222, sshUser: 'tunnel', hostKey: 'ssh-ed25519 AAAA x', apiPort: 9081 }
const files = { config: '/d/ssh_config', knownHosts: '/d/known hosts', key: '/d/100%/key' }

describe('the ssh configuration', () => {
  const text = sshConfig(
    hub,
    files,
    [
      { kind: 'local', listenHost: '127.0.0.2', listenPort: 10_100, hubPort: 10_101 },
      { kind: 'remote', hubPort: 9081, host: '127.0.0.2', port: 9090 },
    ],
    { logLevel: 'INFO', keepAliveSeconds: 5 },
  )
  const lines = text.split('\n').map((line) => line.trim())

  test.each([
    'HostName hub.example',
    'Port 2222',
    'User tunnel',
    'BatchMode yes',
    'ExitOnForwardFailure yes',
    'StrictHostKeyChecking yes',
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'GlobalKnownHostsFile /dev/null',
    'UserKnownHostsFile "/d/known hosts"',
    'IdentityFile "/d/100%%/key"',
    'ServerAliveInterval 5',
    'ServerAliveCountMax 3',
    'ConnectTimeout 10',
    'LocalForward 127.0.0.2:10100 127.0.0.1:10101',
    'RemoteForward 127.0.0.1:9081 127.0.0.2:9090',
  ])('says %s', (line) => {
    expect(lines).toContain(line)
  })

  test('prefers the cipher the processor helps with', () => {
    expect(text).toMatch(/Ciphers aes128-gcm@openssh\.com,/)
  })

  test('takes no path that could add an option', () => {
    expect(() =>
      sshConfig(hub, { ...files, key: '/d/"\nProxyCommand x' }, [], { logLevel: 'INFO', keepAliveSeconds: 5 }),
    ).toThrow()
  })

  test('pins the key under a name of its own', () => {
    expect(knownHostsLine(hub.hostKey)).toBe('sendense-hub ssh-ed25519 AAAA\n')
    expect(sshArgs('/d/c')).toEqual(['-F', '/d/c', '-N', '-T', 'sendense-hub'])
  })
})

describe('the pause between attempts', () => {
  test('doubles to its cap, and never leaves the bounds', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const pause = backoffMs(failures, random)
        expect(pause).toBeGreaterThanOrEqual(FIRST_PAUSE_MS / 2)
        expect(pause).toBeLessThanOrEqual(LONGEST_PAUSE_MS)
      }),
    )
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 1))).toEqual([250, 500, 1000, 2000])
    expect(backoffMs(100, 1)).toBe(LONGEST_PAUSE_MS)
  })
})

describe('listeners in /proc/net/tcp', () => {
  test('by address, listening ones only', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200007F:2774 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0200007F:2775 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
`
    expect([...parseListeners(text)]).toEqual([[procAddress('127.0.0.2', 10_100), '4711']])
  })
})

describe('what ssh said', () => {
  test.each([
    ['x@h: Permission denied (publickey).', 'key'],
    ['Host key verification failed.', 'host key'],
    ['Error: remote port forwarding failed for listen port 9081', 'refused the forward'],
    [
      'bind [127.0.0.2]:10100: Address already in use\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 10100',
      'local port',
    ],
    ['ssh: connect to host h port 22: Connection refused', 'nothing listens'],
    ['ssh: connect to host h port 22: Connection timed out', 'does not answer'],
    ['Connection to h closed by remote host.', 'closed'],
    ['', 'no reason'],
  ])('%s → %s', (text, words) => {
    expect(explain(text.split('\n'))).toContain(words)
  })

  test('debugging lines are for us only', () => {
    expect(wordsOf(['debug1: remote forward success', 'Bye.\r', ''])).toEqual(['Bye.'])
  })
})
