import { describe, expect, test } from 'vitest'
import { parseVersion } from '#lib/host/tool-versions.ts'
import { applianceConfigSchema } from './config.ts'
import { identityChange } from './file-identity.ts'

const hub = { sshHost: '10.0.0.1', sshPort: 2222, sshUser: 'tunnel', hostKey: 'ssh-ed25519 AAAA', apiPort: 9081 }
const config = { name: 'n', listenHost: '127.0.0.2', apiPort: 9081, hub, sources: [] }
const withDisk = (disk: object) => ({
  ...config,
  sources: [{ name: 's', kind: 'image', vms: [{ ref: 'r', name: 'v', disks: [disk] }] }],
})

describe('settings', () => {
  test('have defaults', () => {
    const { hub: _, sources: __, ...least } = config
    expect(applianceConfigSchema.parse(least)).toEqual({
      ...least,
      disksAtOnce: 2,
      hubUrl: null,
      keepAliveSeconds: 5,
      hub: null,
      lease: { copyingSeconds: 86_400, idleSeconds: 1800 },
      sources: [],
    })
  })

  test.each([
    ['an address that is not loopback', { ...config, listenHost: '0.0.0.0' }],
    ['a host that adds an ssh option', { ...config, hub: { ...hub, sshHost: 'h\n  ProxyCommand x' } }],
    ['a host that is an option', { ...config, hub: { ...hub, sshUser: 'a b' } }],
    ['a host key of two lines', { ...config, hub: { ...hub, hostKey: 'ssh-ed25519 AAAA\n@cert-authority * x' } }],
    ['a disk with path and url', withDisk({ key: 1, path: '/a', url: 'nbd://h' })],
    ['a disk with neither', withDisk({ key: 1 })],
    ['a relative path', withDisk({ key: 1, path: 'a' })],
    ['an address that is not raw', withDisk({ key: 1, url: 'nbd://h', format: 'qcow2' })],
    ['a format nobody reads', withDisk({ key: 1, path: '/a', format: 'qed' })],
    ['a snapshot inside of what is raw', withDisk({ key: 1, path: '/a', format: 'raw', snapshot: 's' })],
    ['a url that is no NBD', withDisk({ key: 1, url: 'file:///etc/passwd' })],
  ])('refuse %s', (_name, value) => {
    expect(applianceConfigSchema.safeParse(value).success).toBe(false)
  })

  test('take a path and a url', () => {
    expect(applianceConfigSchema.safeParse(withDisk({ key: 2000, path: '/d/a, b.raw' })).success).toBe(true)
    expect(applianceConfigSchema.safeParse(withDisk({ key: 2000, url: 'nbd+unix:///?socket=/s' })).success).toBe(true)
  })
})

test.each([
  ['nbdkit 1.32.5 (nbdkit-1.32.5-1)', '1.32.5'],
  ['qemu-io version 7.2.22 (Debian 1:7.2+dfsg-7)', '7.2.22'],
  ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19', '9.2p1'],
  ['ss utility, iproute2-6.1.0', '6.1.0'],
  ['nothing', null],
])('the version in %s', (text, version) => {
  expect(parseVersion(text)).toBe(version)
})

describe('a file that was changed', () => {
  const before = { dev: '1', inode: '2', size: '3', mtimeNs: '4', ctimeNs: '5' }
  test.each([
    [{}, null],
    [{ inode: '9' }, 'replaced'],
    [{ dev: '9' }, 'replaced'],
    [{ size: '9' }, 'size from 3 to 9'],
    [{ mtimeNs: '9' }, 'written'],
    [{ ctimeNs: '9' }, 'ctime'],
  ])('%o → %s', (change, words) => {
    const found = identityChange(before, { ...before, ...change })
    if (words === null) expect(found).toBeNull()
    else expect(found).toContain(words)
  })
})
