import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'

export interface Mount {
  id: string
  /** `major:minor` */
  device: string
  point: string
  options: string[]
  type: string
  source: string
  superOptions: string[]
}

const plain = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ', 2)
    if (!left || !right) return []
    const [id = '', , device = '', , point = '', options = ''] = left.split(' ')
    const [type = '', source = '', superOptions = ''] = right.split(' ')
    return [
      {
        ...{ id, device, type, options: options.split(','), superOptions: superOptions.split(',') },
        ...{ point: plain(point), source: plain(source) },
      },
    ]
  })
}

/** The host's mounts when that may be seen, otherwise our own. @throws when neither can be read */
export function readMounts(): Mount[] {
  try {
    return parseMountinfo(readFileSync('/proc/1/mountinfo', 'utf8'))
  } catch {
    return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
  }
}

const NETWORK = /^(nfs|cifs|smb|9p|ceph|fuse|afs|coda|gfs|ocfs|lustre|virtiofs|glusterfs|pvfs|orangefs)/

/** Ids of the mounts whose answers may come from far away, or never. */
export function networkMounts(): Set<string> {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
  return new Set(mounts.filter(({ type }) => NETWORK.test(type)).map(({ id }) => id))
}

/** /proc shows a user only its own processes. */
export function procHides(): boolean {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).some(
    ({ type, superOptions }) => type === 'proc' && superOptions.some((option) => /^hidepid=(?!0|off)/.test(option)),
  )
}

/** File systems of this host alone, by statfs(2)'s magic. What is not listed is no evidence. */
const LOCAL = new Map([
  [0xef53, 'ext4'],
  [0x5846_5342, 'XFS'],
  [0x9123_683e, 'Btrfs'],
  [0x0102_1994, 'tmpfs'],
  [0xf2f5_2010, 'F2FS'],
  [0x2fc1_2fc1, 'ZFS'],
  [0xca45_1a4e, 'bcachefs'],
])

/** Null when only this host writes the file system that holds the path; otherwise why that is not known. */
export async function whyNotLocal(path: string): Promise<string | null> {
  const type = Number((await statfs(path)).type) >>> 0
  return LOCAL.has(type) ? null : `its file system (type 0x${type.toString(16)}) may be written by other hosts`
}
