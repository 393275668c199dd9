import { expect, test } from 'vitest'
import { databaseUrl, hbaConf, identConf, initdbArgs, postgresArgs, socketFits } from './config.ts'
import { shortSocketDir } from './socket-dir.ts'

test('nothing listens on TCP and nobody has a password', () => {
  expect(postgresArgs('/data', '/run/x')).toContain('listen_addresses=')
  expect(initdbArgs('/data').join(' ')).not.toMatch(/trust|password|scram/)
  const rules = hbaConf.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(rules).toEqual(['local all sendense peer map=sendense'])
})

test('a user name is quoted as pg_ident.conf wants it', () => {
  expect(identConf('root')).toContain('\nsendense "root" sendense\n')
  expect(identConf('a "b" c')).toContain('"a ""b"" c"')
})

test('a socket directory may hold commas and spaces', () => {
  expect(postgresArgs('/data', '/srv/a, b')).toContain('unix_socket_directories="/srv/a, b"')
  expect(new URL(databaseUrl('/srv/a, b&c')).searchParams.get('host')).toBe('/srv/a, b&c')
})

test('the longest path of a socket has 107 bytes', () => {
  const room = 107 - '/.s.PGSQL.5432'.length
  expect(socketFits('x'.repeat(room))).toBe(true)
  expect(socketFits('x'.repeat(room + 1))).toBe(false)
  expect(socketFits('é'.repeat(room / 2 + 1))).toBe(false)
})

test('a long home gets a short directory, always the same one', () => {
  const home = `/srv/${'long/'.repeat(40)}`
  expect(socketFits(shortSocketDir(home, '/run'))).toBe(true)
  expect(shortSocketDir(home, '/run')).toBe(shortSocketDir(home, '/run'))
  expect(shortSocketDir(home, '/run')).not.toBe(shortSocketDir(`${home}x`, '/run'))
})
