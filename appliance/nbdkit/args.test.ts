import { describe, expect, test } from 'vitest'
import { nbdkitArgs } from './args.ts'

const access = { plugin: 'file' as const, path: '/disks/a b,"c".raw', identity: null }

describe('nbdkit', () => {
  test('reads only, in the foreground, and ends with its parent', () => {
    const args = nbdkitArgs({ access, name: 'disk-2000' })
    for (const flag of ['-f', '-r', '--exit-with-parent']) expect(args).toContain(flag)
    expect(args.slice(-2)).toEqual(['file', 'file=/disks/a b,"c".raw'])
  })

  test('its socket fits into the 107 bytes of a unix socket, wherever the data directory is', () => {
    const args = nbdkitArgs({ access, name: 'verify-2147483647-1000000' })
    expect(args[args.indexOf('-U') + 1]?.length).toBeLessThan(107)
  })
})
