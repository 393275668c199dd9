import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { open, seal } from './driver.ts'

const key = randomBytes(32)

it('opens what it sealed, for every text and place', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (secret, place) => {
      expect(open(seal(secret, place, key), place, key).equals(Buffer.from(secret))).toBe(true)
    }),
  )
})

it('never twice the same, and the secret is not in it', () => {
  const [a, b] = [seal('a secret token', 'x', key), seal('a secret token', 'x', key)]
  expect(a.equals(b)).toBe(false)
  expect(a.includes('secret')).toBe(false)
})

it('opens nothing that was changed, cut, moved or made with another key', () => {
  const sealed = seal('a secret token', 'appliance/1', key)
  const refused = { problem: { code: 'internal' } }
  const thrown = (work: () => unknown) => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] ?? 0) ^ 1
    expect(thrown(() => open(changed, 'appliance/1', key))).toMatchObject(refused)
    expect(thrown(() => open(sealed.subarray(0, i), 'appliance/1', key))).toMatchObject(refused)
  }
  expect(thrown(() => open(sealed, 'appliance/2', key))).toMatchObject(refused)
  expect(thrown(() => open(sealed, 'appliance/1', randomBytes(32)))).toMatchObject(refused)
})
