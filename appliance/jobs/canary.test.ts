import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternBytes } from '#lib/canary/pattern.ts'
import { compare } from './canary.ts'
import { hubRoute } from './route.ts'

/** The bytes in chunks of these lengths, the rest in one. */
function chunked(bytes: Buffer, lengths: readonly number[]): Readable {
  const chunks: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return Readable.from([...chunks, bytes.subarray(at)].filter((chunk) => chunk.length > 0))
}

it('finds the first byte that differs, however the stream is cut', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(lengths, fc.option(fc.nat(4095)), async (cuts, wrong) => {
      const bytes = patternBytes(0, 4096)
      if (wrong !== null) bytes[wrong] = (bytes[wrong] ?? 0) ^ 1
      const expected = wrong === null ? { sameBytes: 4096, differsAt: null } : { sameBytes: wrong, differsAt: wrong }
      expect(await compare(chunked(bytes, cuts))).toEqual(expected)
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
