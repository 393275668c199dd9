import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBytes, formatExactBytes, formatMark, formatPercent, formatRate, percentOf } from './bytes.ts'

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [200 * 1024, '200 KiB'],
    [1024 ** 2 - 1, '1023 KiB'],
    [109_521_666_048, '102 GiB'],
    [1024 ** 5 * 5000, '5000 PiB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('never shows more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        const [value, unit] = formatBytes(bytes).split(' ')
        const exponent = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].indexOf(unit ?? '')
        expect(Number(value) * 1024 ** exponent).toBeLessThanOrEqual(bytes)
        expect(Number(value)).toBeLessThan(exponent === 5 ? Number.POSITIVE_INFINITY : 1024)
      }),
    )
  })

  it('are without idle zeros at an axis', () => {
    const marks = [0, 512 * 1024, 1024 ** 2, 1.5 * 1024 ** 2, 10 * 1024 ** 3, 100 * 1024 ** 3].map(formatMark)
    expect(marks).toEqual(['0', '512 KiB', '1 MiB', '1.5 MiB', '10 GiB', '100 GiB'])
  })

  it('says the exact number', () => {
    expect(formatExactBytes(0)).toBe('0 bytes')
    expect(formatExactBytes(1)).toBe('1 byte')
    expect(formatExactBytes(999)).toBe('999 bytes')
    expect(formatExactBytes(109_521_666_048)).toBe('109,521,666,048 bytes')
  })

  it('says rates per second', () => expect(formatRate(12.5 * 1024 ** 2)).toBe('12.5 MiB/s'))

  it('says 100 % only at the end', () => {
    expect(formatPercent(999, 1000)).toBe('99 %')
    expect(formatPercent(1000, 1000)).toBe('100 %')
    expect(percentOf(0, 0)).toBe(100)
    expect(percentOf(5, 4)).toBe(100)
  })
})
