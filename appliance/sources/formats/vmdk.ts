/** What a VMDK says of the files that hold its data. */
export type VmdkPlan =
  /** All of it lies in this very file. */
  | { kind: 'sparse' }
  /** The text form, whose one extent is a raw file beside it. */
  | { kind: 'flat'; file: string; sectors: number }

const LIMIT = 64 * 1024

/**
 * What else would have to be opened to read a VMDK.
 * @param head  its first 64 KiB
 * @throws Error in words when it rests on more than is followed: a parent, several extents, a device
 */
export function parseVmdk(head: Buffer): VmdkPlan {
  if (head.toString('latin1', 0, 4) === 'KDMV') {
    if (head.length < 512) throw new Error('its header is cut off')
    const [capacity, at, sectors] = [
      head.readBigUInt64LE(12),
      Number(head.readBigUInt64LE(28)),
      Number(head.readBigUInt64LE(36)),
    ]
    if (capacity === 0n) throw new Error('its data lies in other files')
    if (at === 0) return { kind: 'sparse' }
    if ((at + sectors) * 512 > head.length) throw new Error('its descriptor lies too far behind')
    const text = head.toString('latin1', at * 512, (at + sectors) * 512)
    refuseParent(text)
    if (extents(text).length > 1) throw new Error('it has several extents')
    return { kind: 'sparse' }
  }
  if (head.toString('latin1', 0, 4) === 'COWD') throw new Error('it is of the old form COWD')
  const text = head.toString('latin1', 0, LIMIT)
  if (!/createType\s*=/i.test(text)) throw new Error('it has neither the header nor the descriptor of a VMDK')
  refuseParent(text)
  const found = extents(text)
  const [only] = found
  if (found.length !== 1 || !only) throw new Error(`it has ${found.length} extents`)
  if (!['FLAT', 'VMFS'].includes(only.type)) throw new Error(`its extent is of the type ${only.type}`)
  if (only.offset !== 0) throw new Error('its extent does not begin with its file')
  return { kind: 'flat', file: only.file, sectors: only.sectors }
}

function refuseParent(text: string): void {
  if (/^\s*parentFileNameHint\s*=/im.test(text) || /^\s*parentCID\s*=\s*(?!ffffffff\b)/im.test(text))
    throw new Error('it is a delta that rests on another VMDK')
}

/** `RW 4192256 FLAT "name-flat.vmdk" 0` */
function extents(text: string) {
  return [...text.matchAll(/^\s*(?:RW|RDONLY|NOACCESS) (\d+) ([A-Z0-9]+)(?: "([^"\n]*)"(?: (\d+))?)?/gm)].map(
    (match) => ({
      sectors: Number(match[1]),
      type: match[2] ?? '',
      file: match[3] ?? '',
      offset: Number(match[4] ?? 0),
    }),
  )
}
