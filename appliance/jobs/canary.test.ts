import fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternBytes } from '#lib/canary/pattern.ts'
import { firstDifference } from './canary.ts'
import { hubRoute } from './route.ts'

it('finds the first byte that differs', () => {
  fc.assert(
    fc.property(fc.option(fc.nat(4095)), (wrong) => {
      const bytes = patternBytes(0, 4096)
      if (wrong !== null) bytes[wrong] = (bytes[wrong] ?? 0) ^ 1
      expect(firstDifference(bytes, patternBytes(0, 4096))).toBe(wrong)
    }),
    { numRuns: 60 },
  )
})

it('the pattern at an offset is the pattern from the first byte', () => {
  expect(patternBytes(0, 4096).subarray(1024, 2048).equals(patternBytes(1024, 1024))).toBe(true)
})

it('looks up names only, and says what the resolver said', async () => {
  const hub = { sshHost: '127.0.0.1', sshPort: 22, sshUser: 'u', hostKey: 'ssh-ed25519 AAAA', apiPort: 9081 }
  expect(await hubRoute({ hub })).toMatchObject({ lookup: null })
  expect(await hubRoute({ hub: { ...hub, sshHost: 'localhost' } })).toMatchObject({ lookup: { error: null } })
  const refused = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
  const named = { hub: { ...hub, sshHost: 'no-such-host.invalid' } }
  expect(await hubRoute(named, refused as never)).toMatchObject({ lookup: { addresses: [], error: 'ENOTFOUND' } })
  await expect(hubRoute({ hub: null })).rejects.toMatchObject({ problem: { code: 'unavailable' } })
})
