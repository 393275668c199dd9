import { describe, expect, it } from 'vitest'
import { addressText, parseNbdUrl } from './address.ts'
import { NbdError } from './error.ts'

describe('parseNbdUrl', () => {
  it.each([
    ['nbd://127.0.0.1:10100/vm-disk-2000', { host: '127.0.0.1', port: 10100 }, 'vm-disk-2000', false],
    ['nbd://store', { host: 'store', port: 10809 }, '', false],
    ['nbds://[::1]:9/a%20b', { host: '::1', port: 9 }, 'a b', true],
    ['nbd+unix:///name?socket=/run/a.sock', { socketPath: '/run/a.sock' }, 'name', false],
    ['nbds+unix:///?socket=b.sock', { socketPath: '/home/b.sock' }, '', true],
    ['nbd+unix:////two?socket=%2Frun%2Fc d', { socketPath: '/run/c d' }, '/two', false],
  ])('%s', (url, address, exportName, tls) => {
    expect(parseNbdUrl(url, '/home')).toEqual({ address, exportName, tls })
  })

  it.each([
    ['http://a/b', 'begins with'],
    ['nonsense', 'no URL'],
    ['nbd:///name', 'no host'],
    ['nbd+unix:///name', 'no ?socket='],
    ['nbd+unix://host/name?socket=/a', 'not as a host'],
    ['nbd+unix:///n?socket=/a%00b', 'NUL'],
    ['nbd://user:secret@a/b', 'users and passwords'],
    ['nbds://a/b?tls-verify-peer=0', 'tls-verify-peer'],
    ['nbd://a/b?socket=/x', 'socket'],
    ['nbd://a/%E0%A4%A', '% escape'],
    [`nbd://a/${'x'.repeat(4097)}`, 'too long'],
    ['nbd://a:0/b', 'port is 0'],
  ])('refuses %s', (url, words) => {
    expect(() => parseNbdUrl(url)).toThrow(words)
    expect(() => parseNbdUrl(url)).toThrow(NbdError)
    expect(() => parseNbdUrl(url)).not.toThrow('secret')
  })

  it('writes an address for people', () => {
    expect(addressText({ host: '::1', port: 1 })).toBe('[::1]:1')
    expect(addressText({ host: 'a', port: 1 })).toBe('a:1')
    expect(addressText({ socketPath: '/a' })).toBe('/a')
  })
})
