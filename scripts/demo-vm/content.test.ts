import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { randomBytesOf, textOf } from './content.ts'
import { placePartitions } from './partition.ts'
import { systemFiles } from './tree.ts'

const MIB = 1024 * 1024

describe('content', () => {
  it('is the same for the same seed and another for another', () => {
    for (const source of [randomBytesOf, textOf]) {
      expect(source('a')(100_001)).toEqual(source('a')(100_001))
      expect(source('a')(100_001)).not.toEqual(source('b')(100_001))
    }
  })

  it('is incompressible when random, and well compressible when text', () => {
    expect(deflateSync(randomBytesOf('a')(MIB)).length).toBeGreaterThan(MIB * 0.99)
    expect(deflateSync(textOf('a')(MIB)).length).toBeLessThan(MIB * 0.5)
  })

  it('never repeats a random chunk', () => {
    const next = randomBytesOf('a')
    expect(next(4096).equals(next(4096))).toBe(false)
  })
})

describe('placePartitions', () => {
  it('places on whole MiB, side by side, and leaves room for the second GPT', () => {
    const [first, second] = placePartitions(100 * MIB, [
      { name: 'a', type: 'swap', sizeBytes: 10 * MIB + 512 },
      { name: 'b', type: 'linux' },
    ])
    expect(first).toEqual({ name: 'a', offset: MIB, sizeBytes: 10 * MIB + 512 })
    expect(second).toEqual({ name: 'b', offset: 12 * MIB, sizeBytes: 87 * MIB })
  })

  it('refuses what does not fit', () => {
    expect(() => placePartitions(10 * MIB, [{ name: 'a', type: 'linux', sizeBytes: 10 * MIB }])).toThrow(RangeError)
  })
})

it('plans about as many bytes as asked', () => {
  const total = systemFiles(256 * MIB, 'seed').reduce((sum, file) => sum + file.bytes, 0)
  expect(total).toBe(256 * MIB)
})
