import type { DiskFormat } from '#contracts/source-state.ts'

/** Bytes of a disk's beginning and end that {@link looksLike} wants. */
export const HEAD_BYTES = 4096
export const TAIL_BYTES = 1024

/** What the bytes look like. `format`: one that can be stated. `encrypted`: whole disk encryption, which is copied as it is. */
export interface Look {
  name: string
  format: DiskFormat | null
  encrypted?: true
}

const starts = (head: Buffer, magic: string | Buffer, at = 0) => {
  const bytes = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : magic
  return head.subarray(at, at + bytes.length).equals(bytes)
}

/** The text form of a VMDK, as QEMU finds it: comments and empty lines, then `version=`. */
function isVmdkText(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 2048)
  if (/^\s*# *Disk DescriptorFile/i.test(text)) return true
  return /^(?:\s*(?:#[^\n]*)?\r?\n)*\s*version\s*=\s*[123]\s*\r?\n/.test(text) && /createType\s*=/i.test(text)
}

/**
 * Which container a disk's first and last bytes look like; null: none that is known. Only for comparing with what was stated: the
 * bytes of a raw disk belong to its guest, who can write any header there.
 */
export function looksLike(head: Buffer, tail: Buffer): Look | null {
  if (starts(head, 'QFI\xfb'))
    return { name: 'QCOW2', format: head.length >= 8 && head.readUInt32BE(4) >= 2 ? 'qcow2' : null }
  if (starts(head, 'KDMV') || starts(head, 'COWD') || isVmdkText(head)) return { name: 'VMDK', format: 'vmdk' }
  if (starts(head, 'vhdxfile')) return { name: 'VHDX', format: 'vhdx' }
  if (head.length >= 68 && head.readUInt32LE(64) === 0xbeda_107f) return { name: 'VDI', format: 'vdi' }
  // A fixed VHD has only a footer, the last 512 (of old ones 511) bytes.
  const footer = [512, 511].some((length) => tail.length >= length && starts(tail, 'conectix', tail.length - length))
  if (starts(head, 'conectix') || footer) return { name: 'VHD', format: null }
  if (starts(head, 'QED\0')) return { name: 'QED', format: null }
  if (starts(head, 'WithoutFreeSpace') || starts(head, 'WithouFreSpacExt')) return { name: 'Parallels', format: null }
  if (starts(head, 'Bochs Virtual HD Image')) return { name: 'Bochs', format: null }
  if (tail.length >= 512 && starts(tail, 'koly', tail.length - 512)) return { name: 'DMG', format: null }
  if (starts(head, 'LUKS\xba\xbe')) return { name: 'LUKS', format: null, encrypted: true }
  if (starts(head, '\x1f\x8b\x08')) return { name: 'gzip', format: null }
  if (starts(head, '\xfd7zXZ\0')) return { name: 'xz', format: null }
  if (starts(head, Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return { name: 'zstd', format: null }
  if (starts(head, 'ustar', 257)) return { name: 'tar (OVA)', format: null }
  return null
}
