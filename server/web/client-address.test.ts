import { describe, expect, it } from 'vitest'
import { clientAddress, proxyList } from './client-address.ts'

describe('where a request comes from', () => {
  const trusted = proxyList(['127.0.0.1', '::1', '10.0.0.0/8', 'fd00::/8'])
  it.each([
    ['a peer that is no proxy is it, whatever it says', '203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['a proxy tells', '127.0.0.1', '203.0.113.9', '203.0.113.9'],
    [
      'the last that no proxy has; what stands before is hearsay',
      '10.1.1.1',
      '6.6.6.6, 203.0.113.9, 10.2.2.2',
      '203.0.113.9',
    ],
    ['proxies only: the first of them', '127.0.0.1', '10.9.9.9', '10.9.9.9'],
    ['no word', '127.0.0.1', undefined, '127.0.0.1'],
    ['no address: as far as it can be read', '10.1.1.1', '6.6.6.6, <script>, 10.2.2.2', '10.2.2.2'],
    ['IPv4 in IPv6', '::ffff:10.1.1.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ])('%s', (_, peer, forwarded, address) => expect(clientAddress(peer, forwarded, trusted)).toBe(address))

  it('is not known when the socket is gone', () => expect(clientAddress(undefined, '1.2.3.4', trusted)).toBeNull())
})
