import { describe, expect, it } from 'vitest'
import { createRedactor } from './redact.ts'

const redact = createRedactor(['known/secret+value=1', 'tiny'])
const hidden = (text: string, secret: string) => expect(redact(text).text, text).not.toContain(secret)

describe('what is taken out', () => {
  it.each([
    ['a known value', 'x known/secret+value=1 y', 'known/secret+value=1'],
    ['a known value in a URL', 'GET /?k=known%2Fsecret%2Bvalue%3D1', 'known%2Fsecret'],
    ['a known value in base64', Buffer.from('known/secret+value=1').toString('base64'), 'a25vd24'],
    ['a password in JSON', '{"password":"hunter2 and more","x":1}', 'hunter2'],
    ['a password in JSON with quotes', String.raw`{"adminPassword":"hun\"ter2","x":1}`, 'ter2'],
    ['a password in JSON in JSON', String.raw`{"msg":"{\"password\":\"hunter2\",\"a\":1}"}`, 'hunter2'],
    ['a setting', 'SENDENSE_API_TOKEN=hunter2', 'hunter2'],
    ['a setting in YAML', 'api_key: hunter2', 'hunter2'],
    ['an argument', 'vddk --password hunter2 --x', 'hunter2'],
    ['an argument with =', 'curl --access-token=hunter2', 'hunter2'],
    ['a database URL', 'postgresql://sendense:hunter2@db:5432/x', 'hunter2'],
    ['a bearer token', 'Authorization: Bearer hunter2hunter2', 'hunter2'],
    ['a bearer token in JSON', '{"authorization":"Bearer hunter2"}', 'hunter2'],
    ['a cookie', 'cookie: sendense.session_token=hunter2.abc; other=1', 'hunter2'],
    ['a session in a query', 'GET /x?session_token=hunter2&y=1', 'hunter2'],
    ['a sign-in link', 'http://127.0.0.1:3000/sign-in/link#hunter2hunter2', 'hunter2'],
    ['an address', 'sign-in of Ada.Lovelace+x@example.org failed', 'Lovelace'],
    ['an address with umlauts', 'jürgen.groß@exämple.de', 'groß'],
    [
      'a private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\naC1r\n-----END OPENSSH PRIVATE KEY-----',
      'b3BlbnNz',
    ],
    ['a private key in JSON', String.raw`"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"`, 'hunter2'],
    ['a private key that is cut', '-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2', 'hunter2'],
    ['the end of one', 'aaaabbbbccccddddhunter22\nQ==\n-----END PRIVATE KEY-----', 'hunter22'],
    ['a public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1 comment', 'AAAAC3'],
    ['a JSON web token', 'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.hunter2 y', 'hunter2'],
    ['256 bits in base64url', `made ${'aB3-_'.repeat(8)}xyz`, 'aB3-_'],
  ])('%s', (_, text, secret) => hidden(text, secret))

  it('counts what it took', () => {
    expect(redact('password=a1b2c3 mail a@b.example').count).toBe(2)
  })
})

it('leaves what helps: ids, paths, fingerprints, sizes, names of ciphers, disk keys', () => {
  const text = [
    'job 5f0c2c9a-3c3e-4d52-9b4e-3a4f0f9f3a11 backup-web-1759901304 2000:nbd://127.0.0.2:10100/web-disk-2000',
    'SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s port 10100 aes128-gcm@openssh.com build c4df3ee70c4d',
    '{"key":2000,"sizeBytes":1073741824,"problem":null} tiny /var/lib/sendense/log/engine.log',
  ].join('\n')
  expect(redact(text)).toEqual({ text, count: 0 })
})

it('JSON stays JSON', () => {
  const value = {
    ...{ happened: 'token=hunter2 for a@b.example', password: 'hun"ter2', pin: { apiToken: 12_345_678, cookie: null } },
    ...{ line: JSON.stringify({ password: 'hunter2', cookie: 'a=hunter2; b=hunter2' }), set: "secret: 'hunter2'" },
    key: '-----BEGIN PRIVATE KEY-----\nhunter2',
    last: 'Authorization: Bearer hunter2hunter2',
  }
  const { text } = redact(JSON.stringify(value, null, 2))
  expect(text).not.toMatch(/hun|ter2|12345678/)
  expect(JSON.parse(text)).toMatchObject({ pin: { apiToken: 0, cookie: null }, last: 'Authorization: <redacted>' })
})
