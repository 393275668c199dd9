/** One row of /proc/net/tcp or tcp6. */
export interface SocketRow {
  local: Address
  remote: Address
  /** tcp_states.h: 1 established, 10 listening. */
  state: number
  inode: string
}

export interface Address {
  host: string
  port: number
}

/** Four bytes at a time, each group in host order (little-endian on every machine we run on). */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].toReversed())
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff
  if (bytes.length === 4 || mapped) return bytes.slice(-4).join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  return shorten(groups)
}

/** RFC 5952: the longest run of zero groups (two or more, the first of equals) becomes `::`. */
function shorten(groups: string[]): string {
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)]
  const longest = runs.toSorted((a, b) => b[0].length - a[0].length)[0]
  if (!longest) return groups.join(':')
  const text = groups.join(':')
  const head = text.slice(0, longest.index).replace(/:$/, '')
  const tail = text.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${head}::${tail}`
}

function addressOf(field: string): Address {
  const [hex = '', port = ''] = field.split(':')
  return { host: hostOf(hex), port: Number.parseInt(port, 16) }
}

/** What of a row is read before its addresses are: most rows of a busy host are nobody's question. */
export interface RowPorts {
  local: number
  remote: number
  state: number
}

const portOf = (field: string) => Number.parseInt(field.slice(field.lastIndexOf(':') + 1), 16)

/**
 * The rows of /proc/net/tcp and tcp6 (proc_net_tcp in the kernel's documentation) that are asked for; IPv4-mapped addresses
 * as IPv4.
 */
export function parseSocketTable(text: string, asked: (ports: RowPorts) => boolean = () => true): SocketRow[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', remote = '', hexState = '', , , , , , inode] = line.trim().split(/\s+/)
      const state = Number.parseInt(hexState, 16)
      if (inode === undefined || !asked({ local: portOf(local), remote: portOf(remote), state })) return []
      return [{ local: addressOf(local), remote: addressOf(remote), state, inode }]
    })
}
