import { describe, expect, test } from 'vitest'
import { looksLike } from './looks.ts'
import { parseQcow2Header, parseSnapshots } from './qcow2.ts'
import { parseVmdk } from './vmdk.ts'

const at = (text: string | number[], offset = 0, size = 4096) => {
  const buffer = Buffer.alloc(size)
  ;(typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text)).copy(buffer, offset)
  return buffer
}
const none = Buffer.alloc(1024)

describe('A7: bytes that look like a container', () => {
  test.each([
    ['QCOW2', at([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]), none, 'qcow2'],
    ['QCOW2', at([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1]), none, null],
    ['VMDK', at('KDMV'), none, 'vmdk'],
    ['VMDK', at('# Disk DescriptorFile\nversion=1\n'), none, 'vmdk'],
    ['VMDK', at('# a comment\n\nversion=1\nCID=1\ncreateType="monolithicFlat"\n'), none, 'vmdk'],
    ['VHDX', at('vhdxfile'), none, 'vhdx'],
    ['VDI', at([0x7f, 0x10, 0xda, 0xbe], 64), none, 'vdi'],
    ['VHD', at('conectix'), none, null],
    ['VHD', at(''), at('conectix', 512, 1024), null],
    ['VHD', at(''), at('conectix', 513, 1024), null],
    ['QED', at('QED\0'), none, null],
    ['Parallels', at('WithoutFreeSpace'), none, null],
    ['Parallels', at('WithouFreSpacExt'), none, null],
    ['LUKS', at('LUKS\xba\xbe'), none, null],
    ['gzip', at([0x1f, 0x8b, 8]), none, null],
    ['tar (OVA)', at('ustar', 257), none, null],
  ])('%s', (name, head, tail, format) => {
    expect(looksLike(head, tail)).toMatchObject({ name, format })
  })

  test('nothing of them in a boot sector, in text, in what is short', () => {
    expect(looksLike(at([0x55, 0xaa], 510), none)).toBeNull()
    expect(looksLike(at('version=2\n'), none)).toBeNull()
    expect(looksLike(Buffer.from('QF'), Buffer.from('x'))).toBeNull()
  })
})

describe('A7: headers that lie are refused', () => {
  const header = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.alloc(4096)
    bytes.writeUInt32BE(0x514649fb, 0)
    bytes.writeUInt32BE(3, 4)
    bytes.writeUInt32BE(104, 100)
    change(bytes)
    return () => parseQcow2Header(bytes)
  }
  const backingAt = (offset: bigint, length: number) => (bytes: Buffer) => {
    bytes.writeBigUInt64BE(offset, 8)
    bytes.writeUInt32BE(length, 16)
  }
  const longExtension = (bytes: Buffer) => {
    bytes.writeUInt32BE(0xe2792aca, 104)
    bytes.writeUInt32BE(2 ** 30, 108)
  }
  test('of QCOW2', () => {
    expect(header(() => {})()).toMatchObject({ backing: null, encrypted: false, dataFile: false })
    expect(header((bytes) => bytes.writeUInt32BE(2 ** 31, 100))).toThrow('length')
    expect(header(backingAt(2n ** 60n, 10))).toThrow('backing')
    expect(header(backingAt(200n, 2000))).toThrow('backing')
    expect(header(longExtension)).toThrow('extension')
    expect(header((bytes) => bytes.writeBigUInt64BE(4n, 72))()).toMatchObject({ dataFile: true })
    expect(() => parseQcow2Header(Buffer.alloc(10))).toThrow()
    expect(() => parseSnapshots(Buffer.alloc(50), 2)).toThrow('cut off')
    const long = Buffer.alloc(64)
    long.writeUInt32BE(0xffff_ffff, 36)
    expect(() => parseSnapshots(long, 1)).toThrow('cut off')
  })

  test('of VMDK', () => {
    const flat =
      '# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "x-flat.vmdk" 0\n'
    expect(parseVmdk(Buffer.from(flat))).toEqual({ kind: 'flat', file: 'x-flat.vmdk', sectors: 2048 })
    expect(() => parseVmdk(Buffer.from(flat.replace('ffffffff', '12345678')))).toThrow('delta')
    expect(() => parseVmdk(Buffer.from(`${flat}parentFileNameHint="/etc/passwd"\n`))).toThrow('delta')
    expect(() => parseVmdk(Buffer.from(`${flat}RW 10 FLAT "y" 0\n`))).toThrow('2 extents')
    expect(() => parseVmdk(Buffer.from(flat.replace('FLAT', 'VMFSRDM')))).toThrow('VMFSRDM')
    const sparse = Buffer.alloc(1024)
    sparse.write('KDMV')
    expect(() => parseVmdk(sparse)).toThrow('other files')
  })
})
