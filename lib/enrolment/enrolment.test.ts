import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { testDirectory } from '#server/drivers/testing/directory.ts'
import { makeKey } from '#server/drivers/testing/ssh.ts'
import { isSignedBy, isSignedByRaw, privateKeyOf, rawPublicKey, readOpenSshKey, signEd25519 } from '../ssh/ed25519.ts'
import { isCodeOf, makePairingCode, parsePairingCode } from './code.ts'
import { makeExchangeKey, openGrant, sealGrant } from './grant.ts'
import { challengeStatement, grantStatement, requestStatement } from './statement.ts'

/** An OpenSSH public key line of chance. */
const sshKey = (raw = randomBytes(32)) =>
  `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), raw]).toString('base64')}`

it('a code is read as it was made, however it is typed, and knows its hub', () => {
  for (let i = 0; i < 30; i++) {
    const hostKey = sshKey()
    const { text, codeKey } = makePairingCode(hostKey)
    expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{6}-){7}[0-9A-HJKMNP-TV-Z]{6}$/)
    const sloppy = text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    for (const typed of [text, sloppy, ` ${text}\n`]) {
      const code = parsePairingCode(typed)
      expect(code.codeKey).toBe(codeKey)
      expect(rawPublicKey(code.key)).toBe(codeKey)
      expect([isCodeOf(code, hostKey), isCodeOf(code, sshKey())]).toEqual([true, false])
    }
  }
})

it('a code with a letter wrong, missing or too many is refused, and so is any other text', () => {
  const { text } = makePairingCode(sshKey())
  const refused = (typed: string) => {
    try {
      parsePairingCode(typed)
    } catch (error) {
      return (error as { problem: { code: string; field: string } }).problem
    }
  }
  const wrong = { code: 'bad_input', field: 'code' }
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '-') continue
    expect(refused(text.slice(0, at) + text.slice(at + 1))).toMatchObject(wrong)
    const other = text[at] === '7' ? '8' : '7'
    const changed = text.slice(0, at) + other + text.slice(at + 1)
    // One in 65,536 has the right check by chance.
    expect(refused(changed) ?? wrong).toMatchObject(wrong)
  }
  expect(refused(`${text}A`)).toMatchObject(wrong)
  fc.assert(fc.property(fc.string(), (typed) => void expect(refused(typed)).toMatchObject(wrong)))
})

it('signs with a key that ssh-keygen made; a signature is of one key and one statement', async () => {
  await using made = await testDirectory()
  const key = await makeKey(made.path, 'key')
  const file = path.join(made.path, 'key')
  const privateKey = readOpenSshKey(await readFile(file, 'utf8'))
  const [codeKey, nonce] = [sshKey().slice(20, 63), 'n']
  const signed = challengeStatement({ codeKey, nonce }, 'hub')
  const signature = signEd25519(signed, privateKey)
  expect(isSignedBy(signed, signature, key.publicKey)).toBe(true)
  expect(isSignedBy(challengeStatement({ codeKey, nonce }, 'other'), signature, key.publicKey)).toBe(false)
  expect(isSignedBy(signed, signature, sshKey())).toBe(false)
  expect(isSignedBy(signed, signature, 'no key')).toBe(false)
  expect(() => readOpenSshKey(key.publicKey)).toThrow()
  const seed = privateKeyOf(randomBytes(32))
  for (const wrong of ['', 'x', signature]) expect(isSignedByRaw(signed, wrong, rawPublicKey(seed))).toBe(false)
  expect(isSignedByRaw(signed, signEd25519(signed, seed), 'no key')).toBe(false)
})

it('every field of a request is signed, and none can be moved into another', () => {
  const request = { codeKey: 'c', publicKey: 'p', name: 'n', buildId: 'b', protocol: 3, exchangeKey: 'e' }
  const nonces = { appliance: 'a', hub: 'h' }
  const plain = requestStatement(request, nonces).toString()
  for (const field of Object.keys(request) as (keyof typeof request)[])
    expect(requestStatement({ ...request, [field]: field === 'protocol' ? 4 : 'x' }, nonces).toString()).not.toBe(plain)
  expect(requestStatement({ ...request, name: 'n","b', buildId: '' }, nonces).toString()).not.toBe(plain)
  expect(requestStatement(request, { appliance: 'h', hub: 'a' }).toString()).not.toBe(plain)
  // Longer than any hash of SSH, and marked: no statement is one.
  expect(
    grantStatement({ enrolmentId: '', publicKey: '', exchangeKey: '' }, { exchangeKey: '', sealed: '' }).length,
  ).toBeGreaterThan(32)
})

it('a grant is opened by whom it is for, and by nobody else', () => {
  const [mine, other] = [makeExchangeKey(), makeExchangeKey()]
  const to = { enrolmentId: 'id', publicKey: sshKey(), exchangeKey: mine.publicKey }
  const grant = sealGrant('the words', to)
  expect(openGrant(grant, mine.privateKey, to)).toBe('the words')
  expect(() => openGrant(grant, other.privateKey, to)).toThrow()
  expect(() => openGrant(grant, mine.privateKey, { ...to, enrolmentId: 'other' })).toThrow()
  const changed = Buffer.from(grant.sealed, 'base64url')
  changed[13] = (changed[13] ?? 0) ^ 1
  expect(() => openGrant({ ...grant, sealed: changed.toString('base64url') }, mine.privateKey, to)).toThrow()
})
