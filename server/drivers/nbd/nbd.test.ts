import { describe, expect, it } from 'vitest'
import { exportArgs, exportFiles } from './args.ts'
import { reasonOf } from './parse.ts'

const spec = {
  imagePath: '/r/a:b,c/disk-2000.qcow2',
  format: 'qcow2',
  exportName: 'vm-disk-2000',
  host: '127.0.0.1',
  port: 10100,
  readOnly: false,
  directIo: true,
} as const

describe('exportArgs', () => {
  it('has what keeps the promises: unlimited clients, persistent, loopback, spelled format', () => {
    const args = exportArgs(spec, '/d/x.pid')
    for (const flag of ['--persistent', '--shared=0', '--bind=127.0.0.1', '--port=10100', '--format=qcow2'])
      expect(args).toContain(flag)
    expect(args).toEqual(
      expect.arrayContaining(['--discard=unmap', '--detect-zeroes=unmap', '--export-name=vm-disk-2000']),
    )
    expect(args).toContain('--cache=none')
    expect(exportArgs({ ...spec, directIo: false }, '/d/x.pid').join()).not.toContain('--cache')
    expect(args).not.toContain('--read-only')
    expect(args).not.toContain('--fork')
    expect(args.at(-1)).toBe(spec.imagePath)
  })
  it('read-only has no writing options', () => {
    const args = exportArgs({ ...spec, readOnly: true }, '/d/x.pid')
    expect(args).toContain('--read-only')
    expect(args.join(' ')).not.toContain('unmap')
  })
  it('refuses a relative path, which qemu may read as a protocol', () => {
    expect(() => exportArgs({ ...spec, imagePath: 'nbd:x' }, '/d/x.pid')).toThrow('not absolute')
  })
})

it('an export has its files beside each other', () => {
  expect(exportFiles('/d', 'vm-disk-1', 10100)).toEqual({
    pidFile: '/d/vm-disk-1-10100.pid',
    logFile: '/d/vm-disk-1-10100.log',
  })
})

it('reasonOf joins a reason of several lines and drops noise', () => {
  expect(
    reasonOf([
      'qemu-nbd: option negotiation failed: Failed to read flags: Unexpected end-of-file before all data were read',
      'qemu-nbd: Failed to blk_new_open \'/r/d.qcow2\': Failed to get "write" lock',
      'Is another process using the image [/r/d.qcow2]?',
    ]),
  ).toBe(
    'Failed to blk_new_open \'/r/d.qcow2\': Failed to get "write" lock Is another process using the image [/r/d.qcow2]?',
  )
  expect(reasonOf([])).toBeNull()
})
