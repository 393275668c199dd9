import { describe, expect, it } from 'vitest'
import { fingerprint, plainPublicKey } from '#lib/ssh/public-key.ts'
import { authorizedKeyLine } from './authorized-key.ts'
import { sshdConfig } from './config.ts'
import { loginLine, parseLogLine } from './parse.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH1hVbV6nNZ5mBJtDXZvMhGkUc5mKQ0OGpJ0Q6QTn8hO'

describe('authorizedKeyLine', () => {
  it('control: one port to listen on, nowhere to connect', () => {
    expect(authorizedKeyLine({ kind: 'control', id: 'a-1', publicKey: `${KEY} somebody@host`, listenPort: 9081 })).toBe(
      `restrict,port-forwarding,permitopen="nowhere.invalid:1",permitlisten="127.0.0.1:9081" ${KEY} sendense-control-a-1`,
    )
  })
  it('data: exactly its ports to connect to, nowhere to listen', () => {
    expect(authorizedKeyLine({ kind: 'data', id: 'j-1', publicKey: KEY, openPorts: [10100, 10101] })).toBe(
      `restrict,port-forwarding,permitopen="127.0.0.1:10100",permitopen="127.0.0.1:10101",permitlisten="nowhere.invalid:1" ${KEY} sendense-data-j-1`,
    )
  })
  it('data without ports opens nothing, rather than everything', () => {
    expect(authorizedKeyLine({ kind: 'data', id: 'j', publicKey: KEY, openPorts: [] })).toContain('permitopen="nowhere')
  })
  it('nothing slips in by the key, the id or a port', () => {
    const line = (publicKey: string, id = 'a', listenPort = 1) =>
      authorizedKeyLine({ kind: 'control', id, publicKey, listenPort })
    expect(() => line(`${KEY}\n${KEY}`)).toThrow()
    expect(() => line(`command="x" ${KEY}`)).toThrow()
    expect(() => line('ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ')).toThrow()
    expect(() => line(KEY, 'a\nb')).toThrow()
    expect(() => line(KEY, 'a', 0)).toThrow()
    expect(() => line(KEY, 'a', 1.5)).toThrow()
  })
})

it('plainPublicKey refuses what is not one ed25519 key, naming the field', () => {
  expect(plainPublicKey(`  ${KEY} a comment \n`)).toBe(KEY)
  for (const wrong of ['', 'ssh-ed25519', 'ssh-ed25519 AAAA', `${KEY.slice(0, -8)}`, KEY.replace('ed25519 ', 'rsa ')]) {
    expect(() => plainPublicKey(wrong)).toThrow(/not an ed25519/)
    expect(() => fingerprint(wrong)).toThrow(/not an ed25519/)
  }
})

describe('parseLogLine', () => {
  it('reads what sshd 9.2 writes', () => {
    expect(parseLogLine('Connection from 127.0.0.1 port 57034 on 127.0.0.1 port 19222 rdomain ""\r', 'daemon')).toEqual(
      {
        peer: '127.0.0.1 57034',
        fingerprint: null,
      },
    )
    const login =
      'Accepted publickey for daemon from 127.0.0.1 port 57034 ssh2: ED25519 SHA256:oSN3WWquyvSWVjkaFrYXE7rSTmmH1PEQlPB6wbyV/CM\r'
    const found = { peer: '127.0.0.1 57034', fingerprint: 'SHA256:oSN3WWquyvSWVjkaFrYXE7rSTmmH1PEQlPB6wbyV/CM' }
    expect(parseLogLine(login, 'daemon')).toEqual(found)
    expect(parseLogLine(login, 'other')).toBeNull()
    expect(parseLogLine(loginLine('daemon', found.peer, found.fingerprint), 'daemon')).toEqual(found)
  })
  it('is not fooled by names that a client chose', () => {
    for (const line of [
      'Invalid user Accepted publickey for daemon from 10.0.0.1 port 1 ssh2: ED25519 SHA256:x from 127.0.0.1 port 5',
      'Accepted key ED25519 SHA256:x found at /k:1',
      'Postponed publickey for daemon from 127.0.0.1 port 57034 ssh2 [preauth]',
      'Accepted publickey for daemon from 127.0.0.1 port 1 ssh2: ED25519 SHA256:x tail',
    ])
      expect(parseLogLine(line, 'daemon')).toBeNull()
  })
})

it('sshdConfig forwards only, and refuses paths and names that sshd would read otherwise', () => {
  const text = sshdConfig({ dir: '/d/with space', host: '127.0.0.1', port: 2222, user: 'u' })
  expect(text).toContain('AuthorizedKeysFile "/d/with space/authorized_keys"\n')
  for (const line of [
    'MaxSessions 0',
    'PermitOpen 127.0.0.1:*',
    'PermitListen 127.0.0.1:*',
    'AllowUsers u',
    'UsePAM no',
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).not.toMatch(/Subsystem/)
  for (const dir of ['/a"b', '/a%b', '/a\nb', '/a\\b'])
    expect(() => sshdConfig({ dir, host: '127.0.0.1', port: 1, user: 'u' })).toThrow()
  expect(() => sshdConfig({ dir: '/d', host: '127.0.0.1', port: 1, user: 'u root' })).toThrow()
})
